package apimodel

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source remembers where the values of a definition stand.
type source struct {
	file      string
	positions map[string]position
	// substitutions are what the document says that is done otherwise, and that
	// the Go types do not hold.
	substitutions Faults
}

func newSource(file string, line int) *source {
	return &source{file: file, positions: map[string]position{"": {file: file, line: line}}}
}

// position is a place in a file, or the flag that gave a value.
type position struct {
	file string
	line int
}

// locate returns where the value at a path stands. For a value that is not
// there, it is the place of the object that ought to hold it.
func (s *source) locate(path string) position {
	if s == nil {
		return position{}
	}
	for {
		if p, ok := s.positions[path]; ok {
			return p
		}
		if path == "" {
			return position{file: s.file}
		}
		path = parentPath(path)
	}
}

// has tells whether the document holds a value at the path.
func (s *source) has(path string) bool {
	if s == nil {
		return false
	}
	_, ok := s.positions[path]
	return ok
}

// give notes that a flag gave the value at a path.
func (s *source) give(path, flag string) { s.positions[path] = position{file: flag} }

// parentPath cuts the last key or index off a path.
func parentPath(path string) string {
	if strings.HasSuffix(path, `"]`) {
		if i := strings.LastIndex(path, `["`); i >= 0 {
			return path[:i]
		}
	}
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

func keyPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func indexPath(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// mapPath is the path of a value under a free key, which may hold periods.
func mapPath(path, key string) string { return fmt.Sprintf("%s[%q]", path, key) }

// decoder puts a document's values into a definition and collects every fault
// on the way.
type decoder struct {
	doc    *document
	source *source
	faults Faults
	// substitutions are what is said about values whose intent is reached otherwise.
	substitutions Faults
	// spoilt are the paths whose values could not be read, so that a rule that
	// misses them does not tell the same thing again.
	spoilt map[string]bool
	// generated says that AKS Engine wrote the document: see leaveOutDefaults.
	generated bool
}

func (d *decoder) fault(path, message, remedy string) {
	at := d.source.locate(path)
	d.spoilt[path] = true
	d.faults = append(d.faults, Fault{Path: path, File: at.file, Line: at.line, Message: message, Remedy: remedy})
}

// note remembers where the value at a path stands.
func (d *decoder) note(path string, n *yaml.Node, line int) {
	if flag, ok := d.doc.given[n]; ok {
		d.source.positions[path] = position{file: flag}
		return
	}
	d.source.positions[path] = position{file: d.doc.name, line: line}
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string, quoted bool) {
	if isNull(n) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path, quoted)
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.freeMap(n, v, path)
	default:
		d.scalar(n, v, path, quoted)
	}
}

func (d *decoder) object(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, path, "an object")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f, ok := fieldOf(v.Type(), key.Value)
		if e, retired := objectOf(v.Type()).retired(key.Value); !ok && retired {
			d.retired(key, value, e, keyPath(path, e.key))
			continue
		}
		if !ok {
			at := keyPath(path, key.Value)
			d.note(at, value, key.Line)
			d.fault(at, fmt.Sprintf("unknown key %q", key.Value), unknownKeyRemedy(v.Type(), key.Value))
			d.spoilt[keyPath(path, closest(key.Value, namesOf(v.Type())))] = true
			continue
		}
		at := keyPath(path, f.name)
		if line, again := seen[f.name]; again {
			d.note(at, value, key.Line)
			d.fault(at, fmt.Sprintf("is given twice: on line %d and on line %d (keys match in any case)", line, key.Line), "remove one of them")
			continue
		}
		seen[f.name] = key.Line
		if isNull(value) {
			continue
		}
		d.note(at, value, key.Line)
		d.value(value, v.FieldByIndex(f.index), at, f.quoted)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.wrongKind(n, path, "a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, element := range n.Content {
		at := indexPath(path, i)
		d.note(at, element, element.Line)
		if isNull(element) {
			d.wrongKind(element, at, wantOf(v.Type().Elem()))
			continue
		}
		d.value(element, out.Index(i), at, false)
	}
	v.Set(out)
}

// freeMap reads an object whose keys are the user's own. They are taken as they
// are written.
func (d *decoder) freeMap(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, path, "an object")
		return
	}
	out := reflect.MakeMap(v.Type())
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := mapPath(path, key.Value)
		again := out.MapIndex(reflect.ValueOf(key.Value)).IsValid()
		d.note(at, value, key.Line)
		if again {
			d.fault(at, "is given twice", "remove one of them")
			continue
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, at, false)
		out.SetMapIndex(reflect.ValueOf(key.Value), element)
	}
	v.Set(out)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string, quoted bool) {
	want := wantOf(v.Type())
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(n, path, want)
		return
	}
	tag := n.ShortTag()
	switch v.Kind() {
	case reflect.String:
		// In YAML a release is easily written without quotes. The text of a
		// number is kept as it stands (1.30 does not turn into 1.3).
		bare := !d.doc.json && (tag == "!!int" || tag == "!!float" || tag == "!!timestamp")
		if tag != "!!str" && !bare {
			d.wrongKind(n, path, want)
			return
		}
		v.SetString(n.Value)
	case reflect.Int:
		if tag != "!!int" && (!quoted || tag != "!!str") {
			d.wrongKind(n, path, want)
			return
		}
		number, err := wholeNumber(n)
		if err != nil {
			d.fault(path, "is no whole number, or too large a one", "write a whole number without quotes")
			return
		}
		v.SetInt(int64(number))
	case reflect.Float64:
		var number float64
		if tag != "!!int" && tag != "!!float" || n.Decode(&number) != nil {
			d.wrongKind(n, path, want)
			return
		}
		v.SetFloat(number)
	case reflect.Bool:
		var truth bool
		if tag != "!!bool" || n.Decode(&truth) != nil {
			d.wrongKind(n, path, want)
			return
		}
		v.SetBool(truth)
	default:
		panic("the definition has a field of kind " + v.Kind().String() + ", which the decoder does not know")
	}
}

func wholeNumber(n *yaml.Node) (int, error) {
	if n.ShortTag() == "!!str" {
		return strconv.Atoi(n.Value)
	}
	var number int
	err := n.Decode(&number)
	return number, err
}

// wrongKind never shows the value: it may be a secret.
func (d *decoder) wrongKind(n *yaml.Node, path, want string) {
	remedy := "write " + want
	switch {
	case want == "text" && n.Kind == yaml.ScalarNode && !isNull(n):
		remedy = "put the value in quotes"
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		remedy = "write " + want + " without quotes"
	}
	d.fault(path, fmt.Sprintf("must be %s, is %s", want, kindOf(n)), remedy)
}

// wantOf names what a Go type takes, in JSON's terms.
func wantOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wantOf(t.Elem())
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	default:
		return "text"
	}
}
