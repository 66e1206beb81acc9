package firstboot

import (
	"fmt"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// Size is how large a machine's custom data is.
type Size struct {
	// Bytes are counted before base64. The resources' own values, such as
	// certificates, vary by some bytes.
	Bytes int `json:"bytes"`
	// Compressed tells whether cloud-init unpacks the document first.
	Compressed bool `json:"compressed"`
}

// Preview is what a machine will run, without secrets.
type Preview struct {
	Machine
	CustomData Size `json:"customData"`
	// Document is the cloud-init document or the PowerShell script, unpacked.
	// Secrets are [apimodel.Redaction] in it, and what only the cluster's resources
	// know is "[known after up: ...]".
	Document string `json:"document"`
	// Files are those that a Linux machine's document writes.
	Files []bootstrap.DocumentFile `json:"files,omitempty"`
	// Extension is the command of the machine's Custom Script extension.
	Extension string `json:"extension"`
}

// Size measures a machine's custom data. It is an error when Azure would not take
// it.
func (c Cluster) Size(m Machine) (Size, error) {
	document, err := c.document(m, likeReal(c.Definition))
	if err != nil {
		return Size{}, err
	}
	return Size{len(document), bootstrap.IsCompressed(document)}, nil
}

// Preview renders what a machine will run. The definition's secrets are replaced
// before anything is rendered, so none can be in it. An empty resourceGroup is
// the default one.
func (c Cluster) Preview(m Machine, resourceGroup string) (Preview, error) {
	size, err := c.Size(m)
	if err != nil {
		return Preview{}, err
	}
	hidden := Cluster{Definition: c.Definition.Redacted(), Mirrors: c.Mirrors}
	s := marked(hidden.Definition, resourceGroup)
	document, err := hidden.document(m, s)
	if err != nil {
		return Preview{}, err
	}
	if document, err = bootstrap.Unpack(document); err != nil {
		return Preview{}, err
	}
	p := Preview{Machine: m, CustomData: size, Document: s.mark(document), Extension: bootstrap.LinuxExtensionCommand()}
	if m.isWindows() {
		p.Extension = bootstrap.WindowsExtensionCommand()
		return p, nil
	}
	if p.Files, err = bootstrap.Files(document); err != nil {
		return Preview{}, fmt.Errorf("%s: %w", m.Name, err)
	}
	for i := range p.Files {
		p.Files[i].Content = s.mark(p.Files[i].Content)
	}
	return p, nil
}
