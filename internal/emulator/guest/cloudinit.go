package guest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudConfig is the part of a #cloud-config document that matters here:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html
type cloudConfig struct {
	WriteFiles []struct {
		Path     string `yaml:"path"`
		Content  string `yaml:"content"`
		Encoding string `yaml:"encoding"`
		Append   bool   `yaml:"append"`
	} `yaml:"write_files"`
	BootCmd []any `yaml:"bootcmd"`
	RunCmd  []any `yaml:"runcmd"`
}

// linux is a machine's file system and commands at first boot.
type linux struct {
	files map[string]string
	// commands is everything that runs, as one text.
	commands string
}

const cloudConfigHeader = "#cloud-config"

// readCloudConfig reads custom data as cloud-init does. It gives nil for custom data that is no #cloud-config.
func readCloudConfig(data []byte) (*linux, error) {
	data, err := gunzip(data)
	if err != nil {
		return nil, fmt.Errorf("custom data: %w", err)
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if strings.TrimSpace(string(first)) != cloudConfigHeader {
		return nil, nil
	}
	var config cloudConfig
	if err := yaml.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("failed loading yaml blob: %w", err)
	}
	machine := &linux{files: map[string]string{}}
	for i, f := range config.WriteFiles {
		content, err := decodeContent(f.Content, f.Encoding)
		if err != nil {
			return nil, fmt.Errorf("write_files[%d] %s: %w", i, f.Path, err)
		}
		name := path.Clean(f.Path)
		if f.Append {
			content = machine.files[name] + content
		}
		machine.files[name] = content
	}
	machine.commands = commandText(config.BootCmd) + commandText(config.RunCmd)
	return machine, nil
}

// decodeContent undoes the encodings of write_files.
func decodeContent(content, encoding string) (string, error) {
	encoding = strings.ToLower(encoding)
	data := []byte(content)
	if strings.HasSuffix(encoding, "b64") || strings.HasSuffix(encoding, "base64") {
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(content), ""))
		if err != nil {
			return "", fmt.Errorf("decode base64: %w", err)
		}
		data = decoded
	}
	switch encoding {
	case "", "text/plain", "b64", "base64":
		return string(data), nil
	case "gz", "gzip", "gz+b64", "gz+base64", "gzip+b64", "gzip+base64":
		plain, err := gunzip(data)
		return string(plain), err
	default:
		return "", fmt.Errorf("unknown encoding type %q", encoding)
	}
}

// largestFile bounds what a compressed file may become.
const largestFile = 16 << 20

func gunzip(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unzip: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(reader, largestFile))
	if err != nil {
		return nil, fmt.Errorf("unzip: %w", err)
	}
	return plain, nil
}

// commandText flattens commands, which are strings for the shell or lists of words.
func commandText(commands []any) string {
	var b strings.Builder
	for _, command := range commands {
		switch command := command.(type) {
		case []any:
			for _, word := range command {
				fmt.Fprintf(&b, "%v ", word)
			}
			b.WriteByte('\n')
		default:
			fmt.Fprintf(&b, "%v\n", command)
		}
	}
	return b.String()
}

// running is every text that the commands lead to: the commands, and each written file that one of those texts names,
// by its path, or by its name if it is a systemd unit or stands below a variable that cannot be followed.
func (m *linux) running() map[string]string {
	texts := map[string]string{"": m.commands}
	for grown := true; grown; {
		grown = false
		all := expand(strings.Join(inOrder(texts), "\n"))
		for name, content := range m.files {
			if _, ok := texts[name]; !ok && mentioned(name, all) {
				texts[name], grown = content, true
			}
		}
	}
	return texts
}

func mentioned(name, text string) bool {
	base := path.Base(name)
	return strings.Contains(text, name) || strings.HasSuffix(base, ".service") && strings.Contains(text, base) ||
		strings.Contains(text, "}/"+base)
}
