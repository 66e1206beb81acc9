package review

import (
	"fmt"
	"io"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// MaxComment is the most characters that GitHub takes in a comment. Bytes are
// counted here, which are never fewer.
// https://docs.github.com/en/rest/issues/comments
const MaxComment = 65536

// reserve is kept for what closes a comment that is cut.
const reserve = 1200

// MarkdownOptions say how Markdown is written.
type MarkdownOptions struct {
	// Limit is the most bytes; 0 is MaxComment.
	Limit int
	// Footer is a line below, for example a link to the run. It is text, not Markdown.
	Footer string
}

// Marker is the first line of a stack's report: the comment of a pull request is
// found again by it.
func Marker(stack string) string {
	var b strings.Builder
	for _, r := range stack {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/", r) {
			b.WriteRune(r)
		} else {
			// Two hyphens would end the comment.
			fmt.Fprintf(&b, "%%%x", r)
		}
	}
	return "<!-- hybridctl-preview stack=" + b.String() + " v1 -->"
}

// WriteMarkdown writes the review as a comment for a pull request. What does not
// fit is dropped from its end, in whole resources, and counted.
func WriteMarkdown(w io.Writer, r Review, o MarkdownOptions) error {
	limit := o.Limit
	if limit <= 0 {
		limit = MaxComment
	}
	p := page{limit: limit - reserve}
	p.must(r.head())
	for _, block := range r.blocks() {
		p.add(block)
	}
	p.finish(r, o)
	_, err := io.WriteString(w, p.String())
	return err
}

// page is a document with a limit.
type page struct {
	strings.Builder
	limit int
	// heading is written before the next block that fits.
	heading string
	full    bool
	dropped int
	details int
}

// block is something that is written as a whole or not at all.
type block struct {
	// heading stands before the first block that has it.
	heading string
	text    string
	// brief replaces the text where that is too long to fit.
	brief string
	// resource says that it is one, for the count of what is dropped.
	resource bool
}

// printf writes; a builder never fails.
func (p *page) printf(format string, args ...any) { _, _ = fmt.Fprintf(p, format, args...) }

// must writes what every report has, cut at a line if all else fails.
func (p *page) must(s string) {
	for line := range strings.Lines(s) {
		if p.Len()+len(line) > p.limit {
			p.full = true
			return
		}
		p.printf("%s", line)
	}
}

func (p *page) add(b block) {
	if p.full {
		p.drop(b)
		return
	}
	heading := ""
	if b.heading != "" && b.heading != p.heading {
		heading = "\n" + b.heading + "\n\n"
	}
	for _, text := range []string{b.text, b.brief} {
		if text != "" && p.Len()+len(heading)+len(text) <= p.limit {
			p.printf("%s%s", heading, text)
			p.heading = b.heading
			if text == b.brief && b.brief != b.text {
				p.details++
			}
			return
		}
	}
	// Everything behind it is dropped too: a hole in the middle would mislead.
	p.full = true
	p.drop(b)
}

func (p *page) drop(b block) {
	if b.resource {
		p.dropped++
	} else {
		p.details++
	}
}

func (p *page) finish(r Review, o MarkdownOptions) {
	switch {
	case p.dropped > 0:
		p.printf("\n**… and %s**, which did not fit. The report's file has them all.\n", plural(p.dropped, "more resource"))
	case p.details > 0 || p.full:
		p.printf("\n**…** Some details did not fit. The report's file has them all.\n")
	}
	foot := r.compared()
	if o.Footer != "" {
		foot += " · " + code(o.Footer)
	}
	p.printf("\n<sub>%s · hybridctl preview</sub>\n", foot)
}

// head is the verdict and what it rests on.
func (r Review) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n### %s: %s\n\n", Marker(r.Stack), code(r.Stack), entities(visible(r.Verdict.Summary)))
	list := func(kind, title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "> [!%s]\n> **%s**\n", kind, title)
		for i, line := range lines {
			if i == mostListed {
				fmt.Fprintf(&b, "> - … and %d more\n", len(lines)-i)
				break
			}
			fmt.Fprintf(&b, "> - %s\n", line)
		}
		b.WriteString("\n")
	}
	list("CAUTION", faultTitle(r), r.faultLines())
	list("CAUTION", "The preview failed; what stands below may be incomplete.", r.diagnosticLines())
	list("CAUTION", "Interruptions", texts(r.Verdict.Interruptions))
	var guards []string
	for _, g := range r.Guards {
		guards = append(guards, code("--"+g.Guard)+": "+code(g.Message))
	}
	list("WARNING", "Not for automatic approval", guards)
	list("NOTE", "Warnings", r.warningLines())
	list("NOTE", "About this comparison", texts(r.Notes))
	if len(r.Steps) > 0 {
		b.WriteString(entities(r.summaryLine()) + "\n")
	}
	return b.String()
}

// mostListed bounds the lists above the resources.
const mostListed = 30

func faultTitle(r Review) string {
	if r.Outcome == Refused {
		return "hybridctl up would refuse this on a running cluster:"
	}
	return "The definition has faults, and hybridctl up would refuse it:"
}

func (r Review) faultLines() []string   { return findingLines(r.Faults) }
func (r Review) warningLines() []string { return findingLines(r.Warnings) }

func findingLines(findings apimodel.Faults) []string {
	var out []string
	for _, f := range findings {
		out = append(out, code(f.String()))
	}
	return out
}

func (r Review) diagnosticLines() []string {
	var out []string
	for _, d := range r.Diagnostics {
		line := code(d.Message)
		if d.Name != "" {
			line = code(d.Name) + ": " + line
		}
		out = append(out, line)
	}
	return out
}

// texts are sentences of ours with names in them that are not.
func texts(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, code(line))
	}
	return out
}

// blocks are what follows the head, in the order in which it is read.
func (r Review) blocks() []block {
	var out []block
	for _, p := range r.Pools {
		text := fmt.Sprintf("- %s: %s", code(p.Name), code(p.words()))
		if len(p.Why) > 0 {
			text += ", because of " + code(strings.Join(p.Why, ", "))
		}
		out = append(out, block{heading: "#### Nodes", text: text + "\n"})
	}
	out = append(out, r.comparisonBlock()...)
	if len(r.Settings) > 0 {
		out = append(out, block{heading: "#### Settings", text: folded(plural(len(r.Settings), "setting")+" of the definition", fence("diff", diffLines(r.Settings)))})
	}
	if len(r.Secrets) > 0 {
		out = append(out, block{heading: "#### Settings", text: "Secrets that change: " + codes(r.Secrets) + ". Running machines keep those that they were made with.\n"})
	}
	for _, s := range r.Steps {
		out = append(out, r.stepBlock(s))
	}
	for _, f := range r.FirstBoot {
		title := code(f.Machines) + ": " + code(f.Lines.Words())
		out = append(out, block{
			heading: "#### First boot", text: folded(title+" – "+f.applies(), fence("diff", f.Lines.Unified)),
			brief: "- " + title + " – " + f.applies() + "\n",
		})
	}
	return out
}

func (r Review) comparisonBlock() []block {
	rows := r.comparison()
	if len(rows) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("| | before | after |\n|---|---|---|\n")
	same := 0
	for i, row := range rows {
		if i > 0 && row.before == row.after {
			same++
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(row.what), cell(row.before), cell(row.after))
	}
	if same > 0 {
		fmt.Fprintf(&b, "\n%s as before.\n", plural(same, "other figure"))
	}
	if r.Cost != nil && r.Cost.Source != "" {
		fmt.Fprintf(&b, "\nPrices: %s, without discounts.\n", code(r.Cost.origin()))
	}
	return []block{{heading: "#### Size", text: b.String()}}
}

// stepBlock is one resource: a line, or a fold with its properties.
func (r Review) stepBlock(s Step) block {
	title := fmt.Sprintf("%s %s %s · %s", code(marks[s.Op]), code(s.Name), code(s.shortType()), code(s.Part))
	if len(s.Why) > 0 {
		title += " · " + s.because(codes)
	}
	line := "- " + title + "\n"
	b := block{heading: "#### " + opTitles[s.Op], text: line, brief: line, resource: true}
	if len(s.Diff) > 0 {
		b.text = folded(title, fence("diff", diffLines(s.Diff)))
	}
	return b
}

// marks begin a resource.
var marks = map[string]string{"create": "+", "update": "~", "delete": "-", "replace": "+-", "import": "="}

// folded hides a block below its title.
func folded(title, body string) string {
	return "<details><summary>" + title + "</summary>\n\n" + body + "\n</details>\n"
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, ", ")
}
