package review

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// Side is a cluster before or after the change. A nil Definition means that there
// is none, or that it is not known.
type Side struct {
	// Definition is defaulted.
	Definition *apimodel.Definition
	Mirrors    bootstrap.Mirrors
	// ResourceGroup is the one to create; ExistingGroup says that one is there.
	ResourceGroup string
	ExistingGroup bool
	// Complete says that the secrets of the definition are those that were given,
	// so that they can be compared.
	Complete bool
}

// SideOf is the side of a program's configuration, with its resolved definition.
func SideOf(c stacks.Config, d *apimodel.Definition) Side {
	return Side{
		Definition: d, Mirrors: c.Mirrors, ResourceGroup: c.ResourceGroup,
		ExistingGroup: c.ExistingResourceGroup != "", Complete: true,
	}
}

// Summary says how large the cluster is; nil where it is not known.
func (s Side) Summary() *apimodel.Summary {
	if s.Definition == nil {
		return nil
	}
	sum := s.Definition.Summary(apimodel.SummaryOptions{ExistingResourceGroup: s.ExistingGroup})
	return &sum
}

// recorded reads the side before the change from the component's recorded inputs.
// What an earlier version of the program recorded may not be readable; then the
// side is unknown.
func recorded(resources []resource) Side {
	i := slices.IndexFunc(resources, func(r resource) bool { return r.is(hybridcluster.Token) })
	if i < 0 {
		return Side{}
	}
	inputs := resources[i].before()
	document, ok := inputs["definition"].(map[string]any)
	if !ok {
		return Side{}
	}
	d, err := hybridcluster.ReadDefinition(document)
	if err != nil || d.Properties.MasterProfile == nil {
		return Side{}
	}
	d.Default()
	side := Side{Definition: d}
	side.ResourceGroup, _ = inputs["resourceGroup"].(string)
	_, side.ExistingGroup = inputs["existingResourceGroup"]
	if mirrors, ok := inputs["mirrors"].(map[string]any); ok {
		side.Mirrors = bootstrap.Mirrors{}
		for host, v := range mirrors {
			side.Mirrors[host], _ = v.(string)
		}
	}
	return side
}

// secretChanges lists the secrets of two definitions that differ, by path.
func secretChanges(before, after *apimodel.Definition) []string {
	var paths []string
	was, is := leaves(before), leaves(after)
	hiddenWas, hiddenIs := leaves(before.Redacted()), leaves(after.Redacted())
	for path := range union(was, is) {
		secret := strings.Contains(hiddenWas[path], apimodel.Redaction) || strings.Contains(hiddenIs[path], apimodel.Redaction)
		if secret && was[path] != is[path] {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// leaves are the texts of a definition by path. A pool goes by its name.
func leaves(d *apimodel.Definition) map[string]string {
	data, err := json.Marshal(d)
	var document any
	if err != nil || json.Unmarshal(data, &document) != nil {
		return nil
	}
	out := map[string]string{}
	walk("", document, out)
	return out
}

func walk(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(strings.TrimPrefix(path+"."+key, "."), inner, out)
		}
	case []any:
		for i, inner := range v {
			name := strconv.Itoa(i)
			if object, ok := inner.(map[string]any); ok {
				if text, ok := object["name"].(string); ok {
					name = text
				}
			}
			walk(path+"["+name+"]", inner, out)
		}
	case string:
		out[path] = v
	}
}

// FirstBoot is a change of what a kind of machine runs at its first boot.
type FirstBoot struct {
	// Machines is "control plane" or the pool.
	Machines string `json:"machines"`
	// Applies is "new" where running machines keep what they have, and "all" where
	// every machine of the kind is replaced.
	Applies string `json:"applies"`
	// Lines compares the documents; secrets are masked in them.
	Lines report.LineDiff `json:"lines"`
}

// documents renders what each kind of machine runs, without secrets. What cannot
// be rendered is left out: the definition's faults say why.
func (s Side) documents() map[string]string {
	out := map[string]string{}
	if s.Definition == nil {
		return out
	}
	c := firstboot.Cluster{Definition: s.Definition, Mirrors: s.Mirrors}
	for _, m := range c.Kinds() {
		name := partControlPlane
		if m.Pool != "" {
			name = partPool + m.Pool
		}
		if _, done := out[name]; done {
			continue
		}
		if p, err := c.Preview(m, s.ResourceGroup); err == nil {
			out[name] = p.Document
		}
	}
	return out
}
