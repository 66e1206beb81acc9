package apimodel

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// assignment is one "path=value" of --set, on its way down the document.
type assignment struct {
	doc *document
	// flag names the assignment in messages. It leaves the value out, which may
	// be a secret.
	flag  string
	value string
}

// assign applies "path=value" assignments to the document, in their order.
//
// A path is made of keys in any case, with or without "properties." in front.
// An element of a list is named by its number or, where elements have names, by
// its name: agentPoolProfiles[0].count, agentPoolProfiles[linuxpool1].count.
// The number after the last element appends one. Objects on the way are
// created. In an object whose keys are free, such as customNodeLabels, all that
// follows is the key.
func (d *document) assign(assignments []string) Faults {
	var faults Faults
	for _, text := range assignments {
		path, value, ok := strings.Cut(text, "=")
		path = strings.TrimSpace(path)
		if !utf8.ValidString(text) {
			faults = append(faults, Fault{
				File: "--set " + strings.ToValidUTF8(path, "?"), Message: "is not UTF-8 text", Remedy: "write it in UTF-8",
			})
			continue
		}
		if !ok || path == "" {
			faults = append(faults, Fault{
				File: "--set " + path, Message: "is no assignment", Remedy: "write path=value, for example --set agentPoolProfiles[0].count=3",
			})
			continue
		}
		a := assignment{doc: d, flag: "--set " + path, value: value}
		root := reflect.TypeFor[Definition]()
		key, _ := firstKey(path)
		_, isField := fieldOf(root, key)
		if _, retired := objectOf(root).retired(key); !isField && !retired {
			path = "properties." + path
		}
		if fault := a.at(d.root, root, "", path); fault != nil {
			faults = append(faults, *fault)
		}
	}
	return faults
}

// firstKey splits a path after its first key.
func firstKey(path string) (key, rest string) {
	path = strings.TrimPrefix(path, ".")
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return path, ""
	}
	return path[:end], path[end:]
}

func (a assignment) fault(path, message, remedy string) *Fault {
	return &Fault{File: a.flag, Path: path, Message: message, Remedy: remedy}
}

// at goes down from a node of a Go type: path leads to the node, rest from it.
func (a assignment) at(n *yaml.Node, t reflect.Type, path, rest string) *Fault {
	if rest == "" {
		return a.put(n, t, path)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return a.at(n, t.Elem(), path, rest)
	case reflect.Struct:
		return a.atKey(n, t, path, rest)
	case reflect.Slice:
		return a.atElement(n, t, path, rest)
	case reflect.Map:
		return a.atFreeKey(n, t, path, rest)
	default:
		return a.fault(path, fmt.Sprintf("is %s and has nothing like %q in it", wantOf(t), rest), "shorten the path")
	}
}

func (a assignment) atKey(n *yaml.Node, t reflect.Type, path, rest string) *Fault {
	key, after := firstKey(rest)
	f, ok := fieldOf(t, key)
	if e, retired := objectOf(t).retired(key); !ok && retired {
		return a.atRetired(n, e, keyPath(path, e.key), after)
	}
	if !ok {
		return a.fault(keyPath(path, key), fmt.Sprintf("unknown key %q", key), unknownKeyRemedy(t, key))
	}
	if fault := a.become(n, yaml.MappingNode, path, "an object"); fault != nil {
		return fault
	}
	child := a.child(n, key, strings.EqualFold)
	return a.at(child, t.FieldByIndex(f.index).Type, keyPath(path, f.name), after)
}

// atRetired sets a key that has no field in the Go type, so that a file's value
// can be taken back.
func (a assignment) atRetired(n *yaml.Node, e entry, path, rest string) *Fault {
	if rest != "" {
		return a.fault(path, fmt.Sprintf("%q below it cannot be set", rest), fmt.Sprintf("set all of %s, for example to null, or change the file", e.key))
	}
	if fault := a.become(n, yaml.MappingNode, parentPath(path), "an object"); fault != nil {
		return fault
	}
	return a.put(a.child(n, e.key, strings.EqualFold), e.retiredKind(), path)
}

func (a assignment) atFreeKey(n *yaml.Node, t reflect.Type, path, rest string) *Fault {
	key := strings.TrimPrefix(rest, ".")
	if inner, ok := strings.CutPrefix(key, "["); ok {
		key = strings.Trim(strings.TrimSuffix(inner, "]"), `"`)
	}
	if key == "" {
		return a.fault(path, "the path ends before a key", "add the key after the period")
	}
	if fault := a.become(n, yaml.MappingNode, path, "an object"); fault != nil {
		return fault
	}
	exact := func(x, y string) bool { return x == y }
	return a.at(a.child(n, key, exact), t.Elem(), mapPath(path, key), "")
}

// child returns the value of a key, made where it is missing.
func (a assignment) child(n *yaml.Node, key string, same func(x, y string) bool) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if same(n.Content[i].Value, key) {
			return n.Content[i+1]
		}
	}
	made := a.null()
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, made)
	return made
}

func (a assignment) null() *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	a.doc.given[n] = a.flag
	return n
}

// become turns a value that is not given into an empty object or list.
func (a assignment) become(n *yaml.Node, kind yaml.Kind, path, want string) *Fault {
	if isNull(n) {
		*n = yaml.Node{Kind: kind}
		a.doc.given[n] = a.flag
	}
	if n.Kind != kind {
		return a.fault(path, fmt.Sprintf("must be %s, is %s in %s", want, kindOf(n), a.doc.name), "mend the file first")
	}
	return nil
}

func (a assignment) atElement(n *yaml.Node, t reflect.Type, path, rest string) *Fault {
	index, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]")
	if !strings.HasPrefix(rest, "[") || !ok {
		return a.fault(path, "is a list, and the path names no element of it", "write "+lastKey(path)+"[0] or "+lastKey(path)+"[name]")
	}
	if fault := a.become(n, yaml.SequenceNode, path, "a list"); fault != nil {
		return fault
	}
	i, err := strconv.Atoi(index)
	if err != nil {
		names := elementNames(n)
		if i = slices.Index(names, index); i < 0 {
			return a.fault(path, fmt.Sprintf("holds nothing named %q", index), elementRemedy(names))
		}
	}
	if i < 0 || i > len(n.Content) {
		return a.fault(indexPath(path, i), fmt.Sprintf("is out of range: the list has %d elements", len(n.Content)),
			fmt.Sprintf("use a number up to %d, which appends one", len(n.Content)))
	}
	if i == len(n.Content) {
		n.Content = append(n.Content, a.null())
	}
	return a.at(n.Content[i], t.Elem(), indexPath(path, i), after)
}

func lastKey(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// elementNames returns the names of a list's elements, "" for one without.
func elementNames(list *yaml.Node) []string {
	names := make([]string, len(list.Content))
	for i, element := range list.Content {
		for k := 0; element.Kind == yaml.MappingNode && k+1 < len(element.Content); k += 2 {
			if strings.EqualFold(element.Content[k].Value, "name") {
				names[i] = element.Content[k+1].Value
			}
		}
	}
	return names
}

func elementRemedy(names []string) string {
	known := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	if len(known) == 0 {
		return "use a number, from 0"
	}
	return "use one of: " + strings.Join(known, ", ")
}

// put writes the value over a node, in the type that the target takes.
func (a assignment) put(n *yaml.Node, t reflect.Type, path string) *Fault {
	made := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: a.value, Style: yaml.DoubleQuotedStyle}
	switch t.Kind() {
	case reflect.Pointer:
		return a.put(n, t.Elem(), path)
	case reflect.String:
	case reflect.Int:
		if _, err := strconv.Atoi(a.value); err != nil {
			return a.fault(path, fmt.Sprintf("%q is no whole number", a.value), "write digits only")
		}
		made = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: a.value}
	case reflect.Float64:
		if _, err := strconv.ParseFloat(a.value, 64); err != nil {
			return a.fault(path, fmt.Sprintf("%q is no number", a.value), "write a number, such as 0.25")
		}
		made = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: a.value}
	case reflect.Bool:
		if a.value != "true" && a.value != "false" {
			return a.fault(path, fmt.Sprintf("%q is neither true nor false", a.value), "write true or false")
		}
		made = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: a.value}
	default:
		inline, err := parse("value.yaml", []byte(`value: `+a.value))
		if err != nil || len(inline.root.Content) != 2 {
			return a.fault(path, "the value does not read as "+wantOf(t), "write it as JSON, for example '[{\"name\": \"winrm\"}]'")
		}
		made = *inline.root.Content[1]
		a.give(&made)
	}
	*n = made
	a.doc.given[n] = a.flag
	return nil
}

// give notes that everything below a node came from the assignment.
func (a assignment) give(n *yaml.Node) {
	for _, child := range n.Content {
		a.doc.given[child] = a.flag
		a.give(child)
	}
}
