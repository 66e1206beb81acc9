package picture

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid draws a flowchart, which GitHub shows in Markdown:
// https://mermaid.js.org/syntax/flowchart.html
func (p Picture) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	fmt.Fprintf(&b, "  users([people]) --> api{{%s}}\n", mermaid("API load balancer", p.API))
	fmt.Fprintf(&b, "  subgraph vnet [%s]\n    direction TB\n", mermaid("virtual network "+p.Network))
	fmt.Fprintf(&b, "    control[%s]:::%s\n", mermaid(append([]string{"control plane"}, p.Control.lines()...)...), p.stateOf(p.Control))
	for i, g := range p.Pools {
		fmt.Fprintf(&b, "    pool%d[%s]:::%s\n    control --- pool%d\n", i, mermaid(append([]string{g.Name}, g.lines()...)...), p.stateOf(g), i)
	}
	b.WriteString("  end\n  api --> control\n")
	if p.Workload != "" {
		fmt.Fprintf(&b, "  users --> workload{{%s}}\n", mermaid("workload", p.Workload))
		for i, g := range p.Pools {
			if g.Windows && g.Count() > 0 {
				fmt.Fprintf(&b, "  workload --> pool%d\n", i)
			}
		}
	}
	b.WriteString("  classDef new stroke:#1a7f37,stroke-width:3px\n  classDef gone stroke:#cf222e,stroke-width:3px,stroke-dasharray:6\n" +
		"  classDef changed stroke:#9a6700,stroke-width:3px\n  classDef same stroke:#57606a\n")
	return b.String()
}

// mermaid is a label of lines. Whatever may be structure is an entity code.
func mermaid(lines ...string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		var b strings.Builder
		for _, r := range clean(line) {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,/-+()×→−", r) {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
		out[i] = b.String()
	}
	return `"` + strings.Join(out, "<br/>") + `"`
}

// clean takes away what cannot be seen, and what turns the direction of a text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Co) {
			return -1
		}
		return r
	}, s)
}

var colors = map[string]string{"new": "#1a7f37", "gone": "#cf222e", "changed": "#9a6700", "same": "#57606a"}

// DOT draws a graph for Graphviz: https://graphviz.org/doc/info/lang.html
func (p Picture) DOT() string {
	var b strings.Builder
	b.WriteString("digraph cluster {\n  node [shape=box style=rounded fontname=\"sans-serif\"]\n  compound=true\n")
	fmt.Fprintf(&b, "  users [label=people shape=plain]\n  api [label=%s shape=hexagon]\n", dot("API load balancer", p.API))
	fmt.Fprintf(&b, "  subgraph cluster_vnet {\n    label=%s\n", dot("virtual network "+p.Network))
	fmt.Fprintf(&b, "    control [label=%s color=%q]\n", dot(append([]string{"control plane"}, p.Control.lines()...)...), colors[p.stateOf(p.Control)])
	for i, g := range p.Pools {
		fmt.Fprintf(&b, "    pool%d [label=%s color=%q]\n    control -> pool%d [dir=none]\n", i, dot(append([]string{g.Name}, g.lines()...)...), colors[p.stateOf(g)], i)
	}
	b.WriteString("  }\n  users -> api -> control\n")
	if p.Workload != "" {
		fmt.Fprintf(&b, "  workload [label=%s shape=hexagon]\n  users -> workload\n", dot("workload", p.Workload))
		for i, g := range p.Pools {
			if g.Windows && g.Count() > 0 {
				fmt.Fprintf(&b, "  workload -> pool%d\n", i)
			}
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func dot(lines ...string) string {
	for i := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(lines[i]))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
