package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	// mostDecoded bounds what is unpacked, in bytes: Azure's custom data has 64 KiB,
	// and a packed bomb must not fill the memory.
	mostDecoded = 1 << 20
	// deepest bounds base64 in gzip in base64.
	deepest = 4
)

// Decode makes a long value readable, as far as that goes: base64 and gzip are
// undone, and the files that a cloud-init document writes are shown with their
// decoded text. What is no text stays as it was.
func Decode(s string) string {
	return decode(s, deepest)
}

func decode(s string, depth int) string {
	if depth == 0 {
		return s
	}
	if plain, ok := gunzip(s); ok {
		return decode(plain, depth-1)
	}
	if plain, ok := unbase64(s); ok {
		return decode(plain, depth-1)
	}
	if strings.HasPrefix(s, "#cloud-config") {
		return cloudConfig(s, depth-1)
	}
	return s
}

func gunzip(s string) (string, bool) {
	if !strings.HasPrefix(s, "\x1f\x8b") {
		return "", false
	}
	r, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		return "", false
	}
	plain, err := io.ReadAll(io.LimitReader(r, mostDecoded+1))
	if err != nil || len(plain) > mostDecoded || !utf8.Valid(plain) {
		return "", false
	}
	return string(plain), true
}

// shortestBase64 keeps words that happen to be base64 as they are.
const shortestBase64 = 24

func unbase64(s string) (string, bool) {
	packed := strings.Join(strings.Fields(s), "")
	if len(packed) < shortestBase64 || len(packed) > 2*mostDecoded {
		return "", false
	}
	plain, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return "", false
	}
	if bytes.HasPrefix(plain, []byte("\x1f\x8b")) {
		return string(plain), true
	}
	return string(plain), utf8.Valid(plain) && !bytes.ContainsAny(plain, "\x00\x01\x02\x03\x04\x05\x06\x07\x08")
}

// cloudConfig writes a cloud-init document with the text of its files decoded:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files
func cloudConfig(s string, depth int) string {
	var document map[string]any
	if err := yaml.Unmarshal([]byte(s), &document); err != nil {
		return s
	}
	files, _ := document["write_files"].([]any)
	encoded := false
	for _, f := range files {
		file, ok := f.(map[string]any)
		if !ok {
			continue
		}
		content, _ := file["content"].(string)
		encoding, _ := file["encoding"].(string)
		if encoding == "" {
			continue
		}
		encoded = true
		file["content"] = decode(content, depth)
	}
	if !encoded {
		return s
	}
	out, err := yaml.Marshal(document)
	if err != nil {
		return s
	}
	return "#cloud-config\n" + string(out)
}
