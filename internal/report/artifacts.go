package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// Artifacts is the JSON document of what a deployment fetches.
type Artifacts struct {
	Release   string     `json:"release"`
	Artifacts []Artifact `json:"artifacts"`
	// UnusedMirrors are hosts with a mirror and without an artifact.
	UnusedMirrors []string `json:"unusedMirrors"`
}

// Artifact is one of them. OS is empty for what no node fetches.
type Artifact struct {
	Name     string `json:"name"`
	OS       string `json:"os,omitempty"`
	Kind     string `json:"kind"`
	URL      string `json:"url"`
	Checksum string `json:"checksum,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
	Origin   string `json:"origin,omitempty"`
}

// NewArtifacts makes the JSON document.
func NewArtifacts(list stacks.Artifacts) Artifacts {
	out := Artifacts{Release: list.Release, Artifacts: make([]Artifact, len(list.List)), UnusedMirrors: list.Unused}
	for i, a := range list.List {
		out.Artifacts[i] = Artifact{
			Name: a.Name, OS: strings.ToLower(string(a.OS)), Kind: string(a.Kind),
			URL: a.URL, Checksum: a.Checksum, SHA256: a.SHA256, Origin: a.Origin,
		}
	}
	return out
}

// WriteArtifacts writes what a deployment fetches as a table, and below it the
// mirrors that stand in for nothing of it. Checksums and origins are in the JSON
// document only: their addresses make rows that no screen holds.
func WriteArtifacts(w io.Writer, list stacks.Artifacts, p Painter) error {
	if _, err := fmt.Fprintln(w, p.paint(1, "Kubernetes "+list.Release)); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tOS\tKIND\tURL")
	for _, a := range list.List {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", a.Name, dash(strings.ToLower(string(a.OS))), a.Kind, a.URL)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, host := range list.Unused {
		if _, err := fmt.Fprintf(w, "Nothing in this list comes from %s; check the name.\n", host); err != nil {
			return err
		}
	}
	return nil
}
