package bootstrap

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudInit is a cloud-config document, as far as the nodes need it:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html
//
// It sets up no disks: a list of ours would take the place of the one with which
// cloud-init looks after the machine's temporary disk, and of what it puts into fstab
// it takes out again when it finds a new one:
// https://github.com/canonical/cloud-init/blob/main/cloudinit/sources/DataSourceAzure.py
type cloudInit struct {
	SSHDeleteKeys bool        `yaml:"ssh_deletekeys,omitempty"`
	SSHKeys       *hostKeys   `yaml:"ssh_keys,omitempty"`
	WriteFiles    []writeFile `yaml:"write_files,omitempty"`
	RunCmd        [][]string  `yaml:"runcmd,omitempty"`
}

type writeFile struct {
	Path        string   `yaml:"path"`
	Owner       string   `yaml:"owner"`
	Permissions string   `yaml:"permissions"`
	Content     fileText `yaml:"content"`
}

// fileText is the text of a file. One without a line's end is quoted: cloud-init
// reads YAML 1.1, to which a bare "=" is no text, and the whole document none.
type fileText string

// MarshalYAML implements yaml.Marshaler.
func (f fileText) MarshalYAML() (any, error) {
	if strings.Contains(string(f), "\n") {
		return string(f), nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: string(f)}, nil
}

const (
	modePublic  = "0644"
	modeProgram = "0755"
	modeSecret  = "0600"
)

func rootFile(path, mode, content string) writeFile {
	return writeFile{Path: path, Owner: "root:root", Permissions: mode, Content: fileText(content)}
}

// comfortableSize is how large a document may be before it is compressed, in
// bytes. Up to there it can be read as it is.
const comfortableSize = 48 * 1024

// render writes the document with the line that makes cloud-init read it as
// one. It is an error when Azure would not take it.
//
// A large document is compressed, which cloud-init undoes:
// https://cloudinit.readthedocs.io/en/latest/explanation/format.html
func (d cloudInit) render(n Node) (string, error) {
	body, err := marshalYAML(d)
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), err)
	}
	document := "#cloud-config\n" + body
	if len(document) > comfortableSize {
		if document, err = compress(document); err != nil {
			return "", fmt.Errorf("%s: %w", n.title(), err)
		}
	}
	return n.checkSize(document)
}

func compress(document string) (string, error) {
	var zipped strings.Builder
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("compress the custom data: %w", err)
	}
	if _, err := io.WriteString(w, document); err != nil {
		return "", fmt.Errorf("compress the custom data: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("compress the custom data: %w", err)
	}
	return zipped.String(), nil
}

func (n Node) checkSize(document string) (string, error) {
	if len(document) > MaxCustomData {
		return "", fmt.Errorf("%s: its custom data has %d bytes and Azure takes %d: use fewer or smaller files, scripts, labels, subject alternative names or SSH keys",
			n.title(), len(document), MaxCustomData)
	}
	return document, nil
}
