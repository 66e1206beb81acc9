package picture

import (
	"fmt"
	"strings"
)

const style = `body{font:15px/1.5 system-ui,sans-serif;color:#1f2328;margin:0 auto;max-width:1120px;padding:16px}
svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;margin:16px 0}
th,td{text-align:left;padding:6px 10px;border-bottom:1px solid #d1d9e0}
td.new{color:#1a7f37}td.gone{color:#cf222e}td.changed{color:#9a6700}`

// HTML is a page with the picture and what is in it as a table. It loads nothing
// and runs nothing.
func (p Picture) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"+
		"<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n", attribute("cluster "+p.Title), style)
	b.WriteString(p.SVG())
	b.WriteString("<table>\n<tr><th>machines</th><th>count</th><th>size</th><th>system</th><th>spread</th>")
	if p.Compared {
		b.WriteString("<th>change</th>")
	}
	b.WriteString("</tr>\n")
	for _, g := range append([]Group{p.Control}, p.Pools...) {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td>",
			attribute(g.Name), g.Count(), attribute(g.Size), attribute(g.System), attribute(g.Spread))
		if p.Compared {
			state := p.stateOf(g)
			fmt.Fprintf(&b, `<td class="%s">%s</td>`, state, attribute(p.change(g, state)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n</body>\n</html>\n")
	return b.String()
}

func (p Picture) change(g Group, state string) string {
	if state == "same" {
		return ""
	}
	parts := append([]string{state}, g.Changed...)
	if g.Added > 0 {
		parts = append(parts, fmt.Sprintf("%d added", g.Added))
	}
	if g.Removed > 0 {
		parts = append(parts, fmt.Sprintf("%d removed", g.Removed))
	}
	return strings.Join(parts, ", ")
}
