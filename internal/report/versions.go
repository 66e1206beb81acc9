package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// Version is a supported Kubernetes release with what goes with it.
type Version struct {
	// Release is for example 1.36, Kubernetes the patch version.
	Release    string `json:"release"`
	Kubernetes string `json:"kubernetes"`
	// Default marks the release of definitions that name none.
	Default bool `json:"default"`
	// Components are what every cluster has; Addons the charts of what a
	// definition can ask for.
	Components []Component `json:"components"`
	Addons     []Component `json:"addons"`
}

// Component is one part at one version.
type Component struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// NewVersions lists the supported releases, the newest first.
func NewVersions() []Version {
	var list []Version
	for _, r := range apimodel.Releases() {
		core := charts(addons.Artifacts(r, true, addons.Options{}), nil)
		v := Version{
			Release: r.Minor, Kubernetes: r.Kubernetes, Default: r.Minor == apimodel.DefaultRelease,
			Components: append([]Component{
				{"containerd", r.Containerd}, {"runc", r.Runc}, {"crictl", r.Crictl},
				{"pause (Linux)", tag(r.LinuxPause)}, {"pause (Windows)", tag(r.WindowsPause)},
				{"cloud-provider-azure (images)", r.CloudProviderImage},
			}, named(core, "chart")...),
			Addons: append(charts(addons.Artifacts(r, true, addons.AllOptions()), core),
				Component{"cluster-autoscaler (image)", r.ClusterAutoscaler}),
		}
		list = append([]Version{v}, list...)
	}
	return list
}

// charts are the Helm charts of a list of artifacts, without those of another.
func charts(list []bootstrap.Artifact, without []Component) []Component {
	seen := map[string]bool{}
	for _, c := range without {
		seen[c.Name] = true
	}
	var found []Component
	for _, a := range list {
		name, version, ok := strings.Cut(a.Name, " ")
		if a.Kind != bootstrap.Chart || !ok || seen[name] {
			continue
		}
		seen[name] = true
		found = append(found, Component{name, version})
	}
	return found
}

func named(list []Component, kind string) []Component {
	out := make([]Component, len(list))
	for i, c := range list {
		out[i] = Component{c.Name + " (" + kind + ")", c.Version}
	}
	return out
}

func tag(image string) string { return image[strings.LastIndex(image, ":")+1:] }

// WriteVersions writes releases as a table of components, with a column for each.
func WriteVersions(w io.Writer, list []Version) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprint(t, "COMPONENT")
	for _, v := range list {
		mark := ""
		if v.Default {
			mark = " (default)"
		}
		_, _ = fmt.Fprintf(t, "\t%s%s", v.Release, mark)
	}
	row := func(name string, version func(Version) string) {
		_, _ = fmt.Fprintf(t, "\n%s", name)
		for _, v := range list {
			_, _ = fmt.Fprintf(t, "\t%s", dash(version(v)))
		}
	}
	row("Kubernetes", func(v Version) string { return v.Kubernetes })
	for _, c := range list[0].Components {
		row(c.Name, func(v Version) string { return find(v.Components, c.Name) })
	}
	for _, c := range list[0].Addons {
		row("add-on: "+c.Name, func(v Version) string { return find(v.Addons, c.Name) })
	}
	_, _ = fmt.Fprintln(t)
	return t.Flush()
}

func find(list []Component, name string) string {
	for _, c := range list {
		if c.Name == name {
			return c.Version
		}
	}
	return ""
}
