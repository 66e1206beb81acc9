package review

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/internal/report"
)

// WriteText writes the review for a terminal.
func WriteText(w io.Writer, r Review, p report.Painter) error {
	var b strings.Builder
	r.writeSummary(&b)
	section := func(title string, lines []string) { writeSection(&b, title, lines) }
	var faults, warnings, errs, guards []string
	for _, f := range r.Faults {
		faults = append(faults, f.String())
	}
	for _, f := range r.Warnings {
		warnings = append(warnings, f.String())
	}
	for _, d := range r.Diagnostics {
		errs = append(errs, strings.TrimPrefix(d.Name+": "+d.Message, ": "))
	}
	for _, g := range r.Guards {
		guards = append(guards, "--"+g.Guard+": "+g.Message)
	}
	if len(faults) > 0 {
		section(faultTitle(r), faults)
	}
	section("The preview failed; what stands below may be incomplete:", errs)
	section("Interruptions", r.Verdict.Interruptions)
	section("Not for automatic approval", guards)
	section("Warnings", warnings)
	section("Notes", r.Notes)
	section("Nodes", r.poolLines())
	r.writeComparison(&b)
	if r.Secrets != nil {
		section("Secrets that change", r.Secrets)
	}
	section("Settings", diffLines(r.Settings))
	r.writeSteps(&b, p)
	for _, f := range r.FirstBoot {
		section(fmt.Sprintf("First boot of %s: %s (%s)", visible(f.Machines), f.Lines.Words(), f.applies()), f.Lines.Unified)
	}
	fmt.Fprintf(&b, "\n%s\n", report.Verdict(r.Changes, true))
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteVerdict writes what somebody must know before the change is made: the verdict,
// what is interrupted, and which nodes are concerned.
func WriteVerdict(w io.Writer, r Review) error {
	var b strings.Builder
	r.writeSummary(&b)
	writeSection(&b, "Interruptions", r.Verdict.Interruptions)
	writeSection(&b, "Nodes", r.poolLines())
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Review) writeSummary(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n", visible(r.Stack), visible(r.Verdict.Summary))
}

func writeSection(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "\n%s\n", title)
	}
	for _, line := range lines {
		fmt.Fprintf(b, "  %s\n", visible(line))
	}
}

// poolLines say what happens to each pool.
func (r Review) poolLines() []string {
	var lines []string
	for _, pool := range r.Pools {
		line := pool.Name + ": " + pool.words()
		if len(pool.Why) > 0 {
			line += ", because of " + strings.Join(pool.Why, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

func (r Review) writeComparison(b *strings.Builder) {
	rows := r.comparison()
	if len(rows) == 0 {
		return
	}
	b.WriteString("\nSize\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for i, row := range rows {
		if i == 0 || row.before != row.after {
			_, _ = fmt.Fprintf(t, "  %s\t%s\t→ %s\n", visible(row.what), visible(row.before), visible(row.after))
		}
	}
	_ = t.Flush()
	if r.Cost != nil {
		fmt.Fprintf(b, "  prices: %s\n", visible(r.Cost.origin()))
	}
}

func (r Review) writeSteps(b *strings.Builder, p report.Painter) {
	op, part := "", ""
	for _, s := range r.Steps {
		if s.Op != op {
			fmt.Fprintf(b, "\n%s\n", opTitles[s.Op])
			op, part = s.Op, ""
		}
		if s.Part != part {
			fmt.Fprintf(b, "  %s\n", visible(s.Part))
			part = s.Part
		}
		why := ""
		if len(s.Why) > 0 {
			why = ", " + s.because(func(names []string) string { return strings.Join(names, ", ") })
		}
		fmt.Fprintf(b, "    %s %s %s%s\n", p.Mark(s.Op), visible(s.Name), visible(s.shortType()), visible(why))
		for _, line := range diffLines(s.Diff) {
			fmt.Fprintf(b, "        %s\n", visible(line))
		}
	}
}
