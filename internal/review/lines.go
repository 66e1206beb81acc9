package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

// What both Markdown and text say, in the same words.

// diffLines are the changes of properties as lines of a diff.
func diffLines(changes []report.PropertyChange) []string {
	var out []string
	for _, c := range changes {
		forced := ""
		if c.Replaces {
			forced = "  (forces the replacement)"
		}
		switch {
		case c.Lines != nil:
			out = append(out, "! "+c.Path+": "+c.Lines.Words()+forced)
			out = append(out, c.Lines.Unified...)
		case c.Old == "[secret]" && c.New == "[secret]":
			out = append(out, "! "+c.Path+": the secret changes"+forced)
		default:
			if c.Old != "" || c.Kind == "delete" {
				out = append(out, "- "+c.Path+": "+c.Old+forced)
			}
			if c.New != "" || c.Kind == "add" {
				out = append(out, "+ "+c.Path+": "+c.New+forced)
			}
		}
	}
	return out
}

// row is a line of the comparison of both clusters.
type row struct{ what, before, after string }

// comparison are the sizes of both clusters. The rows that say the same on both
// sides are left out, but for the first.
func (r Review) comparison() []row {
	if r.Before == nil && r.After == nil {
		return nil
	}
	rows := []row{
		r.row("nodes", func(s apimodel.Summary) string { return strconv.Itoa(s.Nodes) }),
		r.row("cores", func(s apimodel.Summary) string { return strconv.Itoa(s.Cores) + unknownSizes(s) }),
		r.row("memory", func(s apimodel.Summary) string { return strconv.FormatFloat(s.MemoryGiB, 'f', -1, 64) + " GiB" }),
		r.row("Kubernetes", func(s apimodel.Summary) string { return s.Release }),
		r.row("Azure resources", func(s apimodel.Summary) string { return strconv.Itoa(s.Resources.Total()) }),
	}
	for _, network := range r.networks() {
		rows = append(rows, r.row("addresses: "+network, func(s apimodel.Summary) string { return address(s, network) }))
	}
	return append(rows, r.costRows()...)
}

func (r Review) row(what string, of func(apimodel.Summary) string) row {
	out := row{what, "–", "–"}
	if r.Before != nil {
		out.before = of(*r.Before)
	}
	if r.After != nil {
		out.after = of(*r.After)
	}
	return out
}

func unknownSizes(s apimodel.Summary) string {
	if len(s.UnknownSizes) == 0 {
		return ""
	}
	return " and those of " + strings.Join(s.UnknownSizes, ", ")
}

// networks are the names of the networks on both sides.
func (r Review) networks() []string {
	var names []string
	for _, s := range []*apimodel.Summary{r.After, r.Before} {
		if s == nil {
			continue
		}
		for _, u := range s.Addresses {
			if !slices.Contains(names, u.Network) {
				names = append(names, u.Network)
			}
		}
	}
	return names
}

func address(s apimodel.Summary, network string) string {
	for _, u := range s.Addresses {
		if u.Network != network {
			continue
		}
		if u.Free == nil {
			return fmt.Sprintf("%d used", u.Used)
		}
		return strings.TrimSpace(fmt.Sprintf("%s %d of %d %s", u.CIDR, u.Used, u.Used+*u.Free, u.Unit))
	}
	return "–"
}

func (r Review) costRows() []row {
	if r.Cost == nil {
		return nil
	}
	of := func(c *CostOf) string {
		if c == nil {
			return "–"
		}
		s := fmt.Sprintf("%.2f %s a month, %.4f an hour", c.PerMonth, c.Currency, c.PerHour)
		if len(c.Unknown) > 0 {
			s += "; price unknown: " + strings.Join(c.Unknown, ", ")
		}
		return s
	}
	return []row{{"machines cost", of(r.Cost.Before), of(r.Cost.After)}}
}

// oldPrices is from how many days on prices are old enough to say so loudly.
const oldPrices = 60

// origin is where prices are from and when: "prices.json 2026-01-02, 3 days old".
func (c Cost) origin() string {
	s := strings.TrimSpace(c.Source + " " + c.Date)
	if c.Days > 0 {
		s += ", " + plural(c.Days, "day") + " old"
	}
	if c.Days >= oldPrices {
		s += ": renew them with hybridctl prices update"
	}
	return s
}

// compared says what the definition was compared with.
func (r Review) compared() string {
	switch {
	case r.Against.Kind == AgainstBase && r.Exists:
		return "compared with the definition at " + short(r.Against.Commit)
	case r.Against.Kind == AgainstBase:
		return "the definition is not there at " + short(r.Against.Commit) + ", so all is new"
	case r.Against.Kind == AgainstState:
		return "compared with an exported state"
	case r.Exists:
		return "compared with the stack's state"
	default:
		return "the stack does not exist yet, so all is new"
	}
}

func short(commit string) string { return commit[:min(len(commit), 10)] }

// opTitles head the groups of resources.
var opTitles = map[string]string{
	"delete": "Delete", "replace": "Replace", "update": "Update", "import": "Import", "create": "Create",
}

// summaryLine counts the resources by what happens to them.
func (r Review) summaryLine() string {
	count := map[string]int{}
	for _, s := range r.Steps {
		count[s.Op]++
	}
	var parts []string
	for _, op := range []string{"delete", "replace", "update", "import", "create"} {
		if count[op] > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", count[op], op))
		}
	}
	if len(parts) == 0 {
		return "no resource changes"
	}
	if same := r.Changes["same"]; same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", same))
	}
	return "resources: " + strings.Join(parts, ", ")
}

// applies says which machines run the changed document.
func (f FirstBoot) applies() string {
	if f.Applies == "all" {
		return "every machine is replaced, and runs it"
	}
	return "new machines run it, running ones keep what they have"
}

// because says what forces a replacement; list writes names of properties.
func (s Step) because(list func([]string) string) string {
	if s.Why[0] == whyDepends {
		return "because " + whyDepends
	}
	return "forced by " + list(s.Why)
}
