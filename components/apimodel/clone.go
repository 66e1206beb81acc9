package apimodel

import (
	"encoding/json"
	"slices"
)

// Clone returns a deep copy.
func (d *Definition) Clone() *Definition {
	data, err := json.Marshal(d)
	if err != nil {
		panic("a definition always marshals: " + err.Error())
	}
	var c Definition
	if err := json.Unmarshal(data, &c); err != nil {
		panic("a marshalled definition always unmarshals: " + err.Error())
	}
	c.source = d.source
	return &c
}

// HasExtension tells whether the pool names the extension.
func (p *AgentPoolProfile) HasExtension(name string) bool {
	return slices.ContainsFunc(p.Extensions, func(e Extension) bool { return e.Name == name })
}
