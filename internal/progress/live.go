package progress

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxLines is how many running operations the live display lists.
const maxLines = 6

// redraw writes finished lines and, on a terminal, the live ones below them.
func (d *Display) redraw(finished string) {
	if !d.o.Live {
		_, _ = io.WriteString(d.w, finished)
		return
	}
	var b strings.Builder
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", d.drawn)
	}
	b.WriteString(finished)
	lines := d.live()
	for _, l := range lines {
		b.WriteString(clip(l, d.o.Width()-1) + "\n")
	}
	d.drawn = len(lines)
	_, _ = io.WriteString(d.w, b.String())
}

// live is what stands at the end of the terminal just now.
func (d *Display) live() []string {
	now := d.o.Now()
	var lines []string
	for _, a := range d.activities {
		lines = append(lines, fmt.Sprintf("  %s elapsed", elapsed(now.Sub(a.began))))
	}
	if len(d.running) == 0 {
		return lines
	}
	lines = append(lines, fmt.Sprintf("%d done, %d running, %s", d.done, len(d.running), elapsed(now.Sub(d.began))))
	for i, op := range d.running {
		if i == maxLines {
			lines = append(lines, fmt.Sprintf("  and %d more", len(d.running)-maxLines))
			break
		}
		lines = append(lines, fmt.Sprintf("  %s %s %s %s%s",
			op.kind.mark, op.name, shortType(op.typ), elapsed(now.Sub(op.began)), op.note()))
	}
	return lines
}

// shortType leaves the package's name out of a type: compute:VirtualMachine.
func shortType(typ string) string {
	_, rest, ok := strings.Cut(typ, ":")
	if !ok {
		return typ
	}
	return rest
}

// clip cuts a line to so many columns: a line that wraps cannot be taken back.
func clip(s string, columns int) string {
	if columns <= 0 || utf8.RuneCountInString(s) <= columns {
		return s
	}
	return string([]rune(s)[:max(0, columns-1)]) + "…"
}
