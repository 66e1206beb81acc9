package apimodel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// What a document may hold. A definition of a thousand pools stays far below
// these; they end documents that were made to exhaust memory.
const (
	maxDocumentBytes = 1 << 20
	maxDocumentNodes = 100_000
	maxDocumentDepth = 64
)

// document is a definition as a tree. Each of its nodes knows its line, whether
// it was written in JSON or in YAML.
type document struct {
	name string
	root *yaml.Node
	// json is true when the text is JSON, whose types are taken strictly.
	json bool
	// given holds the nodes that did not come from the file, with the flag that
	// gave them.
	given map[*yaml.Node]string
}

// parse reads the text of a definition. The error is a Faults value.
func parse(name string, data []byte) (*document, error) {
	doc := &document{name: name, given: map[*yaml.Node]string{}}
	if len(data) > maxDocumentBytes {
		return nil, doc.syntax(0, fmt.Sprintf("is %d bytes long, more than the %d that a definition may have", len(data), maxDocumentBytes), "")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := invalidUTF8(data); at >= 0 {
		return nil, doc.syntax(lineAt(data, at), "is not UTF-8 text", "save the file as UTF-8")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, doc.syntax(0, "is empty", "start from one of the files in examples/")
	}
	read := doc.parseYAML
	if looksLikeJSON(name, data) {
		doc.json = true
		read = doc.parseJSON
	}
	if err := read(data); err != nil {
		return nil, err
	}
	if doc.root.Kind != yaml.MappingNode {
		return nil, doc.syntax(doc.root.Line, "holds "+kindOf(doc.root)+", not an object",
			`write an object with "apiVersion" and "properties"`)
	}
	return doc, nil
}

// syntax is the one fault of a document that cannot be read.
func (d *document) syntax(line int, message, remedy string) error {
	return Faults{{File: d.name, Line: line, Message: message, Remedy: remedy}}
}

// looksLikeJSON goes by the file's extension, and without one by the first
// character.
func looksLikeJSON(name string, data []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	return bytes.TrimSpace(data)[0] == '{'
}

// parseYAML reads one YAML document and resolves its aliases.
func (d *document) parseYAML(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root, second yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return d.syntax(0, "holds only comments", "start from one of the files in examples/")
		}
		return d.yamlError(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return d.syntax(second.Line, "holds more than one YAML document", `keep one and remove the others and the "---" between them`)
	case !errors.Is(err, io.EOF):
		return d.yamlError(err)
	}
	r := resolver{doc: d, budget: maxDocumentNodes}
	resolved, err := r.resolve(root.Content[0], 0)
	if err != nil {
		return err
	}
	d.root = resolved
	return nil
}

var yamlErrorLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlError takes the line out of the parser's message.
func (d *document) yamlError(err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1]) // the expression matches digits only
		message = m[2]
	}
	return d.syntax(line, "is not valid YAML: "+message, "check the indentation and the quotes at and above this line")
}

// resolver copies a tree with its aliases put in, within a budget: a few nested
// aliases can stand for billions of nodes.
type resolver struct {
	doc    *document
	budget int
}

func (r *resolver) resolve(n *yaml.Node, depth int) (*yaml.Node, error) {
	r.budget--
	if r.budget < 0 {
		return nil, r.doc.syntax(n.Line, fmt.Sprintf("holds more than %d values once its aliases are put in", maxDocumentNodes), "")
	}
	if depth > maxDocumentDepth {
		return nil, r.doc.tooDeep(n.Line)
	}
	if n.Kind == yaml.AliasNode {
		return r.resolve(n.Alias, depth+1)
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if child.Tag == "!!merge" {
				return nil, r.doc.syntax(child.Line, "uses a YAML merge key (<<), which is not supported", "write the keys out")
			}
			if child.Kind != yaml.ScalarNode {
				return nil, r.doc.syntax(child.Line, "has a key that is not plain text", "write the key as text")
			}
		}
		resolved, err := r.resolve(child, depth+1)
		if err != nil {
			return nil, err
		}
		out.Content[i] = resolved
	}
	return &out, nil
}

func (d *document) tooDeep(line int) error {
	return d.syntax(line, fmt.Sprintf("is nested deeper than %d levels", maxDocumentDepth), "")
}

// invalidUTF8 returns where the text stops being UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// lineAt returns the line, from 1, of an offset.
func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), len(data))], []byte("\n"))
}

// kindOf names what a node holds, in JSON's terms.
func kindOf(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		return "an object"
	}
	if n.Kind == yaml.SequenceNode {
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!str":
		return "text"
	}
	return "a value of another kind"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
