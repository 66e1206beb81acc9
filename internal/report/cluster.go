package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/access"
)

// WriteNodes writes nodes as a table, with their ages at a time.
func WriteNodes(w io.Writer, nodes []access.Node, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tROLE\tPOOL\tOS\tSTATUS\tAGE\tVERSION\tADDRESS\tOS IMAGE")
	for _, n := range nodes {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n.Name, n.Role, dash(n.Pool), dash(n.OS),
			status(n), age(n.Created, now), dash(n.Version), dash(n.Address), dash(n.Image))
	}
	return t.Flush()
}

func status(n access.Node) string {
	switch {
	case n.Ready:
		return "Ready"
	case n.Version == "":
		return "Missing"
	default:
		return "NotReady"
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// WorkloadLine says how a workload is.
func WorkloadLine(w access.Workload) string {
	s := fmt.Sprintf("Workload %s: %d/%d ready", w.Name, w.Ready, w.Desired)
	if w.URL != "" {
		s += ", served at " + w.URL
	}
	return s
}
