package picture

import (
	"fmt"
	"html"
	"strings"
)

// The measures of the drawing, in pixels.
const (
	pageWidth  = 1120
	margin     = 28
	cardWidth  = 240
	cardHeight = 164
	gap        = 20
	columns    = 4
	topHeight  = 176
	machine    = 16
	mostDrawn  = 20
)

// drawing is an SVG under way.
type drawing struct {
	strings.Builder
}

// printf draws; a builder never fails.
func (d *drawing) printf(format string, args ...any) { _, _ = fmt.Fprintf(d, format, args...) }

// SVG draws the cluster as a picture of its own: no script, no font, nothing that
// is loaded.
func (p Picture) SVG() string {
	rows := (len(p.Pools) + columns - 1) / columns
	networkTop := margin + topHeight
	networkHeight := 64 + cardHeight + gap + rows*(cardHeight+gap) + 8
	height := networkTop + networkHeight + margin
	d := &drawing{}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s" font-family="system-ui, sans-serif">`+"\n",
		pageWidth, height, pageWidth, height, attribute("cluster "+p.Title))
	d.printf(`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", pageWidth, height)
	d.text(margin, margin+22, 26, "600", "#1f2328", p.Title)
	d.text(margin, margin+46, 14, "400", "#59636e", fmt.Sprintf("Kubernetes %s · %s", p.Release, p.Location))
	if p.Compared {
		p.legend(d)
	}
	d.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="14" fill="#f6f8fa" stroke="#8c959f"/>`+"\n", margin, networkTop, pageWidth-2*margin, networkHeight)
	d.text(margin+20, networkTop+30, 15, "600", "#1f2328", "Virtual network")
	d.text(margin+172, networkTop+30, 13, "400", "#59636e", fit(p.Network, 36))
	p.roads(d, networkTop, rows)
	control := p.Control
	control.Name = "Control plane"
	p.card(d, pageWidth/2-cardWidth/2, networkTop+52, control)
	for i, g := range p.Pools {
		inRow := min(columns, len(p.Pools)-i/columns*columns)
		left := pageWidth/2 - (inRow*cardWidth+(inRow-1)*gap)/2
		p.card(d, left+i%columns*(cardWidth+gap), networkTop+64+cardHeight+gap+i/columns*(cardHeight+gap), g)
	}
	d.printf("</svg>\n")
	return d.String()
}

// roads are the ways in: to the API server, and to the workload.
func (p Picture) roads(d *drawing, networkTop, rows int) {
	middle := pageWidth / 2
	boxTop := margin + 84
	d.line(middle, boxTop+56, middle, networkTop+52)
	d.box(middle-132, boxTop, 264, "API load balancer", p.API)
	if p.Workload == "" || rows == 0 {
		return
	}
	x := pageWidth - margin - 264
	d.line(x+132, boxTop+56, x+132, networkTop)
	d.box(x, boxTop, 264, "Workload on Windows nodes", p.Workload)
}

func (p Picture) legend(d *drawing) {
	x := pageWidth - margin - 364
	for _, l := range []struct{ state, text string }{{"new", "added"}, {"changed", "changed"}, {"gone", "removed"}, {"same", "as before"}} {
		d.printf(`<rect x="%d" y="%d" width="12" height="12" rx="3" fill="%s"/>`+"\n", x, margin+10, colors[l.state])
		d.text(x+18, margin+21, 13, "400", "#1f2328", l.text)
		x += 34 + 9*len(l.text)
	}
}

// card is a group of machines.
func (p Picture) card(d *drawing, x, y int, g Group) {
	state := p.stateOf(g)
	width, dash := 1, ""
	if state != "same" {
		width = 3
	}
	if state == "gone" {
		dash = ` stroke-dasharray="7 5"`
	}
	d.printf(`<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="#ffffff" stroke="%s" stroke-width="%d"%s/>`+"\n",
		attribute(g.Name+": "+strings.Join(g.lines(), ", ")), x, y, cardWidth, cardHeight, colors[state], width, dash)
	d.text(x+14, y+26, 16, "600", "#1f2328", fit(g.Name, 22))
	d.text(x+14, y+47, 13, "400", "#1f2328", fit(g.counts(), 32))
	d.text(x+14, y+65, 12, "400", "#59636e", fit(g.System, 38))
	d.text(x+14, y+82, 12, "400", "#59636e", fit(g.Spread, 38))
	d.machines(x+14, y+96, g, p.Compared)
	if g.Windows && p.Workload != "" && state != "gone" {
		d.tag(x+cardWidth-14, y+53, "workload")
	}
	if len(g.Changed) > 0 {
		// Every size begins with what is cut out.
		changed := strings.ReplaceAll(strings.Join(g.Changed, "; "), "Standard_", "")
		d.text(x+14, y+cardHeight-12, 11, "600", colors["changed"], fit(changed, 29))
	}
	d.printf("</g>\n")
}

// machines are squares: filled for those that stay, green for new ones, hollow and
// red for those that go.
func (d *drawing) machines(x, y int, g Group, compared bool) {
	fill := "#0f766e"
	if g.Windows {
		fill = "#0969da"
	}
	total := g.Kept + g.Added + g.Removed
	for i := range min(total, mostDrawn) {
		style := fmt.Sprintf(`fill="%s"`, fill)
		switch {
		case compared && i >= g.Kept+g.Added:
			style = fmt.Sprintf(`fill="#ffebe9" stroke="%s" stroke-width="2" stroke-dasharray="3 2"`, colors["gone"])
		case compared && i >= g.Kept:
			style = fmt.Sprintf(`fill="%s"`, colors["new"])
		}
		d.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="4" %s/>`+"\n", x+i%10*(machine+6), y+i/10*(machine+6), machine, machine, style)
	}
	if total > mostDrawn {
		d.text(x, y+2*(machine+6)+12, 12, "600", "#59636e", fmt.Sprintf("and %d more", total-mostDrawn))
	}
}

func (d *drawing) box(x, y, width int, title, text string) {
	d.printf(`<rect x="%d" y="%d" width="%d" height="56" rx="28" fill="#ddf4ff" stroke="#54aeff"/>`+"\n", x, y, width)
	d.printf(`<text x="%d" y="%d" font-size="14" font-weight="600" fill="#1f2328" text-anchor="middle">%s</text>`+"\n", x+width/2, y+24, attribute(title))
	d.printf(`<text x="%d" y="%d" font-size="12" fill="#59636e" text-anchor="middle">%s</text>`+"\n", x+width/2, y+42, attribute(text))
}

// tag is a word in the colours of the way in that leads to it; right is its edge.
func (d *drawing) tag(right, y int, word string) {
	const width, height = 64, 18
	d.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="9" fill="#ddf4ff" stroke="#54aeff"/>`+"\n", right-width, y, width, height)
	d.printf(`<text x="%d" y="%d" font-size="11" fill="#1f2328" text-anchor="middle">%s</text>`+"\n", right-width/2, y+13, attribute(word))
}

func (d *drawing) line(x1, y1, x2, y2 int) {
	d.printf(`<path d="M%d %dV%d" stroke="#54aeff" stroke-width="2"/><path d="M%d %dl-6 -10h12z" fill="#54aeff"/>`+"\n", x1, y1, y2, x2, y2)
}

func (d *drawing) text(x, y, size int, weight, color, s string) {
	if s == "" {
		return
	}
	d.printf(`<text x="%d" y="%d" font-size="%d" font-weight="%s" fill="%s">%s</text>`+"\n", x, y, size, weight, color, attribute(s))
}

// attribute is text for XML, in an element or an attribute.
func attribute(s string) string { return html.EscapeString(clean(s)) }

// fit cuts a text to a number of characters.
func fit(s string, most int) string {
	runes := []rune(clean(s))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most-1]) + "…"
}
