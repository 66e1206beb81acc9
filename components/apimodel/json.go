package apimodel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseJSON builds the tree from JSON. The YAML parser is no substitute: it
// takes tabs, long keys and escapes otherwise than JSON does, and it accepts
// text that is not JSON.
func (d *document) parseJSON(data []byte) error {
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return d.jsonError(data, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	b := jsonBuilder{doc: d, decoder: decoder, lines: newlines(data)}
	root, err := b.value(0)
	if err != nil {
		return err
	}
	d.root = root
	return nil
}

// jsonError says where JSON is broken. Where the text ends too early, that is
// its last line.
func (d *document) jsonError(data []byte, err error) error {
	var broken *json.SyntaxError
	if !errors.As(err, &broken) {
		return d.syntax(0, "is not valid JSON: "+err.Error(), "")
	}
	at := int(broken.Offset) - 1
	message := broken.Error()
	if strings.Contains(message, "unexpected end") {
		at = len(bytes.TrimRight(data, " \t\r\n"))
		message = "it ends in the middle of a value"
	}
	column := max(at, 0) - (bytes.LastIndexByte(data[:min(max(at, 0), len(data))], '\n') + 1) + 1
	return d.syntax(lineAt(data, at), fmt.Sprintf("is not valid JSON: %s (column %d)", message, column),
		"look for a missing or extra comma, quote or bracket at and just before this place")
}

// newlines returns the offsets of all line ends.
func newlines(data []byte) []int {
	var offsets []int
	for i, c := range data {
		if c == '\n' {
			offsets = append(offsets, i)
		}
	}
	return offsets
}

// jsonBuilder makes nodes of tokens. The text was checked before, so the
// decoder's errors are not expected; they are passed on nevertheless.
type jsonBuilder struct {
	doc     *document
	decoder *json.Decoder
	lines   []int
}

// line is the line of the token that was read last. No token spans lines.
func (b *jsonBuilder) line() int {
	end := int(b.decoder.InputOffset()) - 1
	before, _ := slices.BinarySearch(b.lines, end)
	return before + 1
}

func (b *jsonBuilder) value(depth int) (*yaml.Node, error) {
	token, err := b.decoder.Token()
	if err != nil {
		return nil, b.doc.syntax(b.line(), "is not valid JSON: "+err.Error(), "")
	}
	if depth > maxDocumentDepth {
		return nil, b.doc.tooDeep(b.line())
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: b.line()}
	switch t := token.(type) {
	case json.Delim:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		if t == '[' {
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		}
		return n, b.children(n, depth)
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

// children reads the keys and values, or the elements, up to the closing
// bracket and the bracket itself.
func (b *jsonBuilder) children(n *yaml.Node, depth int) error {
	for b.decoder.More() {
		child, err := b.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	if _, err := b.decoder.Token(); err != nil {
		return b.doc.syntax(b.line(), "is not valid JSON: "+err.Error(), "")
	}
	return nil
}
