package apimodel

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// APIVersion is the only version of the format that is read.
const APIVersion = "vlabs"

// Source is a definition as a user hands it over.
type Source struct {
	// Name is the file's name, for messages; "-" for standard input. Its
	// extension tells JSON from YAML; without one, a leading brace means JSON.
	Name string
	// Data is the document, JSON or YAML, at most 1 MiB.
	Data []byte
	// Set holds "path=value" assignments (--set), applied to the document
	// before it is decoded.
	Set []string
	// ReadFile reads a file that the definition names, such as the source of a
	// custom file. Load calls it with the path as it is written. Nil reads none:
	// then a definition that names files is at fault.
	ReadFile func(path string) ([]byte, error)
	// Overrides fill or replace single values after decoding.
	Overrides Overrides
	// Given says what else reaches the cluster beside the definition, so that a
	// definition with faults is not blamed for the lack of it.
	Given Given
}

// Load decodes a definition, with its assignments and overrides laid over it.
// Keys match in any case and unknown keys are faults, as AKS Engine has it
// (https://github.com/Azure/aks-engine/blob/master/pkg/api/strictjson.go).
//
// The error is a Faults value and holds every fault at once. Only a document
// that does not parse, or is of another apiVersion, gives a single one.
func Load(s Source) (*Definition, error) {
	if s.Name == "-" || s.Name == "" {
		s.Name = "standard input"
	}
	doc, err := parse(s.Name, s.Data)
	if err != nil {
		return nil, err
	}
	if doc.isPool() {
		return nil, doc.syntax(doc.root.Line, "is an agent pool, not a definition", "add it to properties.agentPoolProfiles of the cluster's definition")
	}
	faults := doc.assign(s.Set)
	dec := decoder{doc: doc, source: newSource(s.Name, doc.root.Line), spoilt: map[string]bool{}}
	d := &Definition{source: dec.source}
	dec.object(doc.root, reflect.ValueOf(d).Elem(), "")
	if d.APIVersion != APIVersion && !dec.spoilt["apiVersion"] {
		version := apiVersionFault(d.APIVersion, dec.source.locate("apiVersion"))
		if d.APIVersion != "" {
			return nil, Faults{version}
		}
		faults = append(faults, version)
	}
	faults = append(faults, dec.faults...)
	d.APIVersion = APIVersion
	dec.leaveOutDefaults(d)
	d.source.substitutions = dec.substitutions
	s.Overrides.apply(d)
	faults = append(faults, d.readFiles(s.ReadFile)...)
	if len(faults) > 0 {
		return nil, sorted(append(faults, d.broken(dec.spoilt, s.Given)...))
	}
	return d, nil
}

// broken returns what else is wrong with a definition that could not be read in
// full, so that a user mends the file once.
func (d *Definition) broken(spoilt map[string]bool, given Given) Faults {
	d.Default()
	rest := d.Validate(given).Faults
	return slices.DeleteFunc(rest, func(f Fault) bool {
		for path := f.Path; path != ""; path = parentPath(path) {
			if spoilt[path] {
				return true
			}
		}
		return false
	})
}

// isPool tells a file of one pool, as AKS Engine's addpool takes it.
func (d *document) isPool() bool {
	keys := map[string]bool{}
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		keys[strings.ToLower(d.root.Content[i].Value)] = true
	}
	return keys["name"] && keys["vmsize"] && !keys["properties"] && !keys["apiversion"]
}

// readFiles fills in the content of the files that the definition names.
func (d *Definition) readFiles(read func(path string) ([]byte, error)) Faults {
	var faults Faults
	m := d.Properties.MasterProfile
	if m == nil {
		return nil
	}
	for i := range m.CustomFiles {
		f := &m.CustomFiles[i]
		if f.Source == "" || f.Content != "" {
			continue
		}
		path := indexPath("properties.masterProfile.customFiles", i) + ".source"
		at := d.source.locate(path)
		fault := Fault{Path: path, File: at.file, Line: at.line, Remedy: "correct the path, which is relative to the definition's folder, or write the text as content"}
		if read == nil {
			fault.Message = fmt.Sprintf("the file %q cannot be read here", f.Source)
			fault.Remedy = "write the text as content"
			faults = append(faults, fault)
			continue
		}
		data, err := read(f.Source)
		if err != nil {
			fault.Message = fmt.Sprintf("the file %q cannot be read: %v", f.Source, err)
			faults = append(faults, fault)
			continue
		}
		f.Content = string(data)
	}
	return faults
}

func apiVersionFault(version string, at position) Fault {
	f := Fault{Path: "apiVersion", File: at.file, Line: at.line, Message: "is missing", Remedy: `add "apiVersion": "` + APIVersion + `"`}
	if version != "" {
		f.Message = fmt.Sprintf("%q is no version that can be read", version)
		f.Remedy = fmt.Sprintf("use a definition of AKS Engine's apiVersion %q", APIVersion)
	}
	return f
}
