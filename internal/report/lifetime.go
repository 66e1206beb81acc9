package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/hybridcluster/hybridcluster/internal/lifetime"
)

// WriteStacks writes stacks as a table.
func WriteStacks(w io.Writer, stacks []lifetime.Stack, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tAGE\tEXPIRES\tOWNER\tNODES\tWORLD\tSTATE")
	for _, s := range stacks {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n",
			s.Name, age(s.Created, now), expiry(s.Expires, now), dash(s.Owner), s.Nodes, dash(s.World), s.State)
	}
	return t.Flush()
}

// age is a time in the past, as kubectl shows it.
func age(since, now time.Time) string {
	if since.IsZero() {
		return "-"
	}
	return duration.HumanDuration(now.Sub(since))
}

func expiry(at, now time.Time) string {
	switch {
	case at.IsZero():
		return "never"
	case now.Before(at):
		return "in " + duration.HumanDuration(at.Sub(now))
	default:
		return duration.HumanDuration(now.Sub(at)) + " ago"
	}
}

// WriteReaped writes what a reaper found as a table, with what failed below.
func WriteReaped(w io.Writer, done []lifetime.Reaped) error {
	if len(done) == 0 {
		_, err := io.WriteString(w, "Nothing has expired.\n")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "KIND\tNAME\tEXPIRED\tOWNER\tRESULT")
	for _, r := range done {
		expired := "-"
		if !r.Expires.IsZero() {
			expired = r.Expires.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Kind, r.Name, expired, dash(r.Owner), r.Result)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range done {
		if r.Error == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s %s is left: %s\n", r.Kind, r.Name, r.Error); err != nil {
			return err
		}
	}
	return nil
}
