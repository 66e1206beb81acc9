package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// WriteSizes writes the machines with the sizes of their custom data, as a table.
func WriteSizes(w io.Writer, list []firstboot.Sized) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tROLE\tPOOL\tOS\tINSTANCES\tCUSTOM DATA")
	for _, m := range list {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", m.Name, m.Role, dash(m.Pool), m.OS, m.Instances, customData(m.CustomData))
	}
	return t.Flush()
}

func customData(s firstboot.Size) string {
	if s.Compressed {
		return fmt.Sprintf("%d bytes, compressed", s.Bytes)
	}
	return fmt.Sprintf("%d bytes", s.Bytes)
}

// WritePreview writes what a machine runs, with comments above it that cloud-init
// and PowerShell know as such.
func WritePreview(w io.Writer, p firstboot.Preview) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s %s", p.Name, p.OS, p.Role)
	if p.Instances > 1 {
		fmt.Fprintf(&b, ", %d instances", p.Instances)
	}
	fmt.Fprintf(&b, ". Custom data of %s.\n", customData(p.CustomData))
	b.WriteString("# Masked: [secret] is a secret; [known after up: ...] is what only the cluster's resources know.\n")
	fmt.Fprintf(&b, "# The Custom Script extension runs: %s\n\n%s", p.Extension, p.Document)
	_, err := io.WriteString(w, b.String())
	return err
}
