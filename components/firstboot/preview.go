package firstboot

import (
	"fmt"
	"slices"
	"strings"

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
	Sized
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
	p := Preview{Sized: Sized{m, size}, Document: s.mark(document), Extension: bootstrap.LinuxExtensionCommand()}
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

// File is the file at a path. The error says which there are.
func (p Preview) File(path string) (bootstrap.DocumentFile, error) {
	if len(p.Files) == 0 {
		return bootstrap.DocumentFile{}, fmt.Errorf("%s runs Windows: its document is one script, without files", p.Name)
	}
	i := slices.IndexFunc(p.Files, func(f bootstrap.DocumentFile) bool { return f.Path == path })
	if i < 0 {
		return bootstrap.DocumentFile{}, fmt.Errorf("the document of %s writes no file %q; it writes %s", p.Name, path, strings.Join(p.Paths(), ", "))
	}
	return p.Files[i], nil
}

// Paths are those of the document's files, in their order.
func (p Preview) Paths() []string {
	paths := make([]string, len(p.Files))
	for i, f := range p.Files {
		paths[i] = f.Path
	}
	return paths
}

// Sized is a machine with the size of its custom data.
type Sized struct {
	Machine
	CustomData Size `json:"customData"`
}

// Sizes lists the machines of the definition with the sizes of their custom data.
func (c Cluster) Sizes() ([]Sized, error) {
	var list []Sized
	for _, m := range c.Machines() {
		size, err := c.Size(m)
		if err != nil {
			return nil, err
		}
		list = append(list, Sized{m, size})
	}
	return list, nil
}
