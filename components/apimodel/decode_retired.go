package apimodel

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// retired reads the value of a key that has no field in the Go type. The value
// is looked at and not kept: what it asks for is done otherwise, or refused.
func (d *decoder) retired(key, value *yaml.Node, e entry, path string) {
	d.note(path, value, key.Line)
	if isNull(value) || e.shape == anything {
		if e.shape == anything && !empty(value) {
			d.verdict(e, path)
		}
		return
	}
	if !e.fits(value) {
		d.wrongKind(value, path, string(e.shape))
		return
	}
	if e.filledIn != "" && e.whole(value) {
		d.generated = true
		d.substitute(path, e.filledIn, "")
		return
	}
	if len(e.entries) > 0 {
		d.retiredObject(value, e, path)
		return
	}
	if empty(value) || slices.ContainsFunc(e.quiet, func(q string) bool { return strings.EqualFold(q, value.Value) }) {
		return
	}
	if len(e.values) > 0 && !slices.ContainsFunc(e.values, func(v string) bool { return strings.EqualFold(v, value.Value) }) {
		d.fault(path, fmt.Sprintf("%q is no value that AKS Engine took", value.Value), valueRemedy(value.Value, e.values))
		return
	}
	d.verdict(e, path)
}

func valueRemedy(value string, values []string) string {
	if near := closest(value, values); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "remove it, or use one of: " + strings.Join(values, ", ")
}

// verdict says what becomes of a value.
func (d *decoder) verdict(e entry, path string) {
	if e.verdict == Supported {
		return
	}
	if e.verdict == Unsupported {
		d.fault(path, e.message(), e.remedy)
		return
	}
	d.substitute(path, e.message(), e.remedy)
}

func (d *decoder) substitute(path, message, remedy string) {
	at := d.source.locate(path)
	d.substitutions = append(d.substitutions, Fault{Path: path, File: at.file, Line: at.line, Message: message, Remedy: remedy})
}

// retiredObject reads the objects of a key. Where all that is in them has the
// key's own verdict, it is said once, of the key.
func (d *decoder) retiredObject(n *yaml.Node, e entry, path string) {
	faults, substitutions := len(d.faults), len(d.substitutions)
	d.retiredChildren(n, e, path)
	if !e.uniform() {
		return
	}
	said := len(d.faults) - faults + len(d.substitutions) - substitutions
	own := func(f Fault) bool { return f.Message == e.message() }
	d.faults = append(d.faults[:faults], slices.DeleteFunc(slices.Clone(d.faults[faults:]), own)...)
	d.substitutions = append(d.substitutions[:substitutions], slices.DeleteFunc(slices.Clone(d.substitutions[substitutions:]), own)...)
	if e.asks || len(d.faults)-faults+len(d.substitutions)-substitutions < said {
		d.verdict(e, path)
	}
}

// uniform tells whether an entry and all that is in it have one verdict.
func (e entry) uniform() bool {
	return !slices.ContainsFunc(e.entries, func(child entry) bool {
		return child.verdict != e.verdict || child.message() != e.message() || !child.uniform()
	})
}

// message is what is said of a value of the key.
func (e entry) message() string {
	if e.verdict == Unsupported {
		return "is not supported: " + e.reason
	}
	return e.reason
}

// retiredChildren goes through the objects of a key.
func (d *decoder) retiredChildren(n *yaml.Node, e entry, path string) {
	if e.shape == list {
		element := e
		element.shape = mapping
		for i, child := range n.Content {
			d.retired(child, child, element, indexPath(path, i))
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if child, ok := retiredIn(e.entries, key.Value); ok {
			at := keyPath(path, child.key)
			if child.optional(n, value) {
				d.note(at, value, key.Line)
			} else {
				d.retired(key, value, child, at)
			}
			continue
		}
		var names []string
		for _, child := range e.entries {
			names = append(names, child.key)
		}
		at := keyPath(path, key.Value)
		d.note(at, value, key.Line)
		d.fault(at, fmt.Sprintf("unknown key %q", key.Value), valueRemedy(key.Value, names))
	}
}

// optional tells whether false asks for nothing here: of a part that may be missing.
func (e entry) optional(beside, value *yaml.Node) bool {
	for i := 0; i+1 < len(beside.Content); i += 2 {
		if strings.EqualFold(beside.Content[i].Value, "name") && slices.Contains(e.mayBeOff, beside.Content[i+1].Value) {
			return e.fits(value) && strings.EqualFold(value.Value, "false")
		}
	}
	return false
}

// fits tells whether a value is of the kind that the key holds.
func (e entry) fits(n *yaml.Node) bool {
	switch e.shape {
	case list:
		return n.Kind == yaml.SequenceNode
	case mapping:
		return n.Kind == yaml.MappingNode
	case truth:
		return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool"
	case number:
		return n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!int" || n.ShortTag() == "!!float")
	default:
		return n.Kind == yaml.ScalarNode
	}
}

// empty tells whether a value says nothing: no text, an empty list or object, or
// objects that hold nothing else.
func empty(n *yaml.Node) bool {
	switch n.Kind {
	case yaml.SequenceNode:
		return !slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return !empty(child) })
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			if !empty(n.Content[i]) {
				return false
			}
		}
		return true
	default:
		return isNull(n) || strings.TrimSpace(n.Value) == ""
	}
}

// retiredKind is the Go kind that a key without a field would have, so that
// --set writes what the decoder expects.
func (e entry) retiredKind() reflect.Type {
	switch e.shape {
	case text:
		return reflect.TypeFor[string]()
	case truth:
		return reflect.TypeFor[bool]()
	default:
		return reflect.TypeFor[[]any]()
	}
}
