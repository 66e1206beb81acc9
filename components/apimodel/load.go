package apimodel

import (
	"fmt"
	"reflect"
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
	// Overrides fill or replace single values after decoding.
	Overrides Overrides
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
	faults := doc.assign(s.Set)
	dec := decoder{doc: doc, source: &source{file: s.Name, positions: map[string]position{"": {file: s.Name, line: doc.root.Line}}}}
	d := &Definition{source: dec.source}
	dec.object(doc.root, reflect.ValueOf(d).Elem(), "")
	if d.APIVersion != "" && d.APIVersion != APIVersion {
		at := dec.source.locate("apiVersion")
		return nil, Faults{apiVersionFault(d.APIVersion, at)}
	}
	if d.APIVersion == "" && !dec.source.has("apiVersion") {
		faults = append(faults, apiVersionFault("", dec.source.locate("apiVersion")))
	}
	faults = append(faults, dec.faults...)
	if len(faults) > 0 {
		return nil, sorted(faults)
	}
	d.APIVersion = APIVersion
	s.Overrides.apply(d)
	return d, nil
}

func apiVersionFault(version string, at position) Fault {
	f := Fault{Path: "apiVersion", File: at.file, Line: at.line, Message: "is missing", Remedy: `add "apiVersion": "` + APIVersion + `"`}
	if version != "" {
		f.Message = fmt.Sprintf("%q is no version that can be read", version)
		f.Remedy = fmt.Sprintf("use a definition of AKS Engine's apiVersion %q", APIVersion)
	}
	return f
}
