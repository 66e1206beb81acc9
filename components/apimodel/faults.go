package apimodel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is one thing that is wrong with a definition.
type Fault struct {
	// Path is the JSON path, for example "properties.agentPoolProfiles[1].count".
	Path string `json:"path,omitempty"`
	// File and Line say where the value stands; Line is 0 where unknown. A value
	// that did not come from the file has its flag as File, for example
	// "--set location".
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Message says what is wrong, Remedy what to do.
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// String renders the fault as "file:line: path: message. Remedy." and leaves
// out what is not known.
func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		b.WriteString(": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Remedy != "" {
		b.WriteString(". " + capitalised(f.Remedy))
		if !strings.HasSuffix(f.Remedy, "?") {
			b.WriteString(".")
		}
	}
	return b.String()
}

func capitalised(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// Faults is every fault of a definition, sorted. It is an error.
type Faults []Fault

// Error renders one fault per line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders faults as a reader meets them: by file, line and path. Equal
// faults are given once. The result is never nil, so that it is [] in JSON.
func sorted(faults Faults) Faults {
	out := slices.Clone(faults)
	slices.SortStableFunc(out, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	if out == nil {
		return Faults{}
	}
	return slices.Compact(out)
}

// Report is the outcome of a validation.
type Report struct {
	// Faults would break the cluster, or Azure would refuse them.
	Faults Faults `json:"faults"`
	// Substitutions are what the definition asks for and gets in another way.
	Substitutions Faults `json:"substitutions"`
	// Warnings are what works otherwise than the definition may have meant it.
	Warnings Faults `json:"warnings"`
}

// Err returns the faults as an error, or nil.
func (r Report) Err() error {
	if len(r.Faults) == 0 {
		return nil
	}
	return r.Faults
}
