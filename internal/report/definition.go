package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// WriteFindings writes what was found in a definition, one to a line: faults,
// then what is substituted, then warnings.
func WriteFindings(w io.Writer, r apimodel.Report, p Painter) error {
	var b strings.Builder
	for _, group := range []struct {
		label    string
		color    int
		findings apimodel.Faults
	}{{"error", 31, r.Faults}, {"substituted", 36, r.Substitutions}, {"warning", 33, r.Warnings}} {
		for _, f := range group.findings {
			fmt.Fprintf(&b, "%s %s\n", p.paint(group.color, group.label+":"), f)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WritePlan writes what becomes of a definition.
func WritePlan(w io.Writer, s apimodel.Summary, p Painter) error {
	if _, err := fmt.Fprintln(w, p.paint(1, planHead(s))); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, g := range s.Machines {
		_, _ = fmt.Fprintf(t, "  %s\t%d x %s\t%s\t%s\n", g.Name, g.Count, g.VMSize, g.System, dash(placement(g)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, size := range s.UnknownSizes {
		_, _ = fmt.Fprintf(w, "  %s: unknown size, not counted\n", size)
	}
	_, _ = fmt.Fprintln(w, p.paint(1, "Addresses"))
	for _, u := range s.Addresses {
		_, _ = fmt.Fprintf(t, "  %s\t%s\t%s\n", u.Network, dash(u.CIDR), taken(u))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s (%s), made with %d requests to Azure or more\n",
		p.paint(1, count(s.Resources.Total(), "Azure resource")), parts(s.Resources), s.Calls)
	return err
}

func planHead(s apimodel.Summary) string {
	return fmt.Sprintf("Kubernetes %s on %s, %s, %s GiB of memory", s.Release, count(s.Nodes, "node"), count(s.Cores, "core"),
		strconv.FormatFloat(s.MemoryGiB, 'f', -1, 64))
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

func placement(g apimodel.MachineGroup) string {
	if g.Spot {
		return g.Availability + ", spot"
	}
	return g.Availability
}

func taken(u apimodel.AddressUse) string {
	if u.Free == nil {
		return fmt.Sprintf("%d used, size unknown", u.Used)
	}
	return fmt.Sprintf("%d of %d %s used, %d free", u.Used, u.Used+*u.Free, u.Unit, *u.Free)
}

// parts lists the parts of the component that have resources.
func parts(r apimodel.ResourceCount) string {
	var list []string
	for _, part := range []struct {
		name  string
		count int
	}{
		{"resource group", r.Group}, {"identity", r.Identity}, {"network", r.Network}, {"API load balancer", r.LoadBalancer},
		{"control plane", r.ControlPlane}, {"jumpbox", r.Jumpbox}, {"pools", r.Pools}, {"monitoring", r.Monitoring},
	} {
		if part.count > 0 {
			list = append(list, fmt.Sprintf("%s %d", part.name, part.count))
		}
	}
	return strings.Join(list, ", ")
}
