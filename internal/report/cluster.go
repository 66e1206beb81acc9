package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/internal/access"
)

// WriteNodes writes nodes as a table.
func WriteNodes(w io.Writer, nodes []access.Node) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tROLE\tPOOL\tOS\tSTATUS\tVERSION\tADDRESS")
	for _, n := range nodes {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			n.Name, n.Role, dash(n.Pool), dash(n.OS), status(n), dash(n.Version), dash(n.Address))
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
