package bootstrap

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// DocumentFile is a file that a Linux node's document writes.
type DocumentFile struct {
	Path string `json:"path"`
	// Permissions are in octal digits, for example "0644".
	Permissions string `json:"permissions"`
	Content     string `json:"content"`
}

// IsCompressed tells whether a rendered document is compressed with gzip.
func IsCompressed(document string) bool { return strings.HasPrefix(document, "\x1f\x8b") }

// Unpack gives a rendered document as cloud-init or PowerShell reads it.
func Unpack(document string) (string, error) {
	if !IsCompressed(document) {
		return document, nil
	}
	r, err := gzip.NewReader(strings.NewReader(document))
	if err != nil {
		return "", fmt.Errorf("unpack the custom data: %w", err)
	}
	// A document of ours is text of some tens of KiB; this bounds what is read.
	plain, err := io.ReadAll(io.LimitReader(r, 16*MaxCustomData))
	if err != nil {
		return "", fmt.Errorf("unpack the custom data: %w", err)
	}
	return string(plain), nil
}

// Files gives the files that a Linux node's unpacked document writes, in their
// order.
func Files(document string) ([]DocumentFile, error) {
	if !strings.HasPrefix(document, "#cloud-config\n") {
		return nil, errors.New("this document is not one of cloud-init's: it writes no files")
	}
	var read cloudInit
	if err := yaml.Unmarshal([]byte(document), &read); err != nil {
		return nil, fmt.Errorf("read the custom data: %w", err)
	}
	files := make([]DocumentFile, len(read.WriteFiles))
	for i, f := range read.WriteFiles {
		files[i] = DocumentFile{f.Path, f.Permissions, string(f.Content)}
	}
	return files, nil
}
