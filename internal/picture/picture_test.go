package picture

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

var update = flag.Bool("update", false, "rewrite the golden files; the test fails all the same")

// cluster is a definition with pools after the first two.
func cluster(t *testing.T, pools string) Cluster {
	t.Helper()
	d, err := apimodel.Load(apimodel.Source{Name: "c.json", Data: []byte(`{
	  "apiVersion": "vlabs", "location": "westeurope", "properties": {
	    "masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3"},
	    "agentPoolProfiles": [` + pools + `], "windowsProfile": {"adminUsername": "azureuser"}
	  }}`)})
	require.NoError(t, err)
	d.Default()
	require.NoError(t, d.Validate(apimodel.Given{}).Err())
	return Cluster{Definition: d, Workload: true}
}

func pool(name string, count int, more string) string {
	return fmt.Sprintf(`{"name": %q, "count": %d, "vmSize": "Standard_D2s_v3" %s}`, name, count, more)
}

func changed(t *testing.T) Picture {
	t.Helper()
	before := cluster(t, pool("lin", 3, "")+","+pool("old", 1, "")+","+pool("win", 2, `, "osType": "Windows"`))
	after := cluster(t, pool("lin", 2, "")+","+pool("new", 25, "")+","+pool("win", 3, `, "osType": "Windows", "windowsRelease": "2025"`))
	return New(after, &before)
}

func TestChanges(t *testing.T) {
	t.Parallel()
	p := changed(t)
	got := map[string]string{p.Control.Name: p.stateOf(p.Control)}
	for _, g := range p.Pools {
		got[g.Name] = fmt.Sprintf("%s %d+%d-%d %v", p.stateOf(g), g.Kept, g.Added, g.Removed, g.Changed)
	}
	require.Equal(t, map[string]string{
		"control-plane": "same", "lin": "changed 2+0-1 []", "new": "new 0+25-0 []", "old": "gone 0+0-1 []",
		"win": "changed 2+1-0 [Windows Server 2022 → 2025]",
	}, got)
	alone := New(cluster(t, pool("lin", 3, "")), nil)
	require.Equal(t, "same", alone.stateOf(alone.Pools[0]))
	require.Empty(t, alone.Workload, "no Windows, no workload")
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	p := changed(t)
	for name, got := range map[string]string{"changed.mmd": p.Mermaid(), "changed.dot": p.DOT(), "changed.svg": p.SVG(), "changed.html": p.HTML()} {
		path := filepath.Join("testdata", name)
		want, err := os.ReadFile(path)
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			t.Errorf("%s was rewritten", path)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, string(want), got)
	}
}

// Names may be anybody's where the definition before the change was not checked.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`"]; click x "javascript:alert(1)"`, "</text><script>alert(1)</script>", "a\nb --> c", "\u202egnp.", `\" x="`, "end", "x%%{init}%%"} {
		p := changed(t)
		p.Title, p.Network, p.Pools[0].Name, p.Pools[0].System, p.Pools[1].Changed = name, name, name, name, []string{name}
		decoder := xml.NewDecoder(strings.NewReader(p.SVG()))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if e, ok := token.(xml.StartElement); ok {
				require.Contains(t, []string{"svg", "g", "rect", "text", "path", "title"}, e.Name.Local)
				for _, a := range e.Attr {
					require.False(t, strings.HasPrefix(strings.ToLower(a.Name.Local), "on"), "no handlers")
				}
			}
		}
		require.NotContains(t, p.HTML(), "<script")
		plain := changed(t)
		require.Equal(t, strings.Count(plain.Mermaid(), "\n"), strings.Count(p.Mermaid(), "\n"))
		require.Equal(t, strings.Count(plain.Mermaid(), `"`), strings.Count(p.Mermaid(), `"`))
		require.Equal(t, strings.Count(plain.DOT(), "\n"), strings.Count(p.DOT(), "\n"))
		for _, out := range []string{p.SVG(), p.HTML(), p.Mermaid(), p.DOT()} {
			require.NotContains(t, out, "\u202e")
		}
	}
}
