package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
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
// mirrors that stand in for nothing of it.
func WriteArtifacts(w io.Writer, list stacks.Artifacts, p Painter) error {
	if _, err := fmt.Fprintln(w, p.paint(1, "Kubernetes "+list.Release)); err != nil {
		return err
	}
	mirrored := slices.ContainsFunc(list.List, func(a bootstrap.Artifact) bool { return a.Origin != "" })
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(cells ...string) {
		if !mirrored {
			cells = cells[:len(cells)-1]
		}
		_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	row("NAME", "OS", "KIND", "URL", "CHECKSUM", "ORIGIN")
	for _, a := range list.List {
		checksum := a.Checksum
		if a.SHA256 != "" {
			checksum = "sha256:" + a.SHA256
		}
		row(a.Name, dash(strings.ToLower(string(a.OS))), string(a.Kind), a.URL, dash(checksum), dash(a.Origin))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, host := range list.Unused {
		if _, err := fmt.Fprintf(w, "The mirror of %s stands in for nothing of this; images of add-ons and workloads may come from it.\n", host); err != nil {
			return err
		}
	}
	return nil
}
