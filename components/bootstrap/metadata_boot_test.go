package bootstrap_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// rulesOfPods is an iptables that keeps its rules, and fails -C for one that it
// does not have.
const rulesOfPods = `rules=$CALLS.rules; touch "$rules"
verb=; words=
for word; do case $word in -w|1) ;; -C|-I) verb=$word ;; *) words+=" $word" ;; esac; done
case $verb in
-C) grep -qxF -- "$words" "$rules" ;;
-I) printf '%s\n' "$words" >>"$rules" ;;
*) exit 2 ;;
esac`

// Who asks the metadata service gets the token of the machine's identity. A pod may
// ask unless the machine keeps it from that.
func TestPodsGetNoTokenOfTheMachinesIdentity(t *testing.T) {
	t.Parallel()
	wireServer := []string{" -t mangle FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP", " -t mangle FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 32526 -j DROP"}
	metadata := " -t mangle FORWARD -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DROP"
	for name, c := range map[string]struct {
		document string
		want     []string
	}{
		"a master":                     {documents(t)["control-plane.yaml"], append([]string{metadata}, wireServer...)},
		"a further master":             {wideDocuments(t)["control-plane-join.yaml"], append([]string{metadata}, wireServer...)},
		"a worker with an identity":    {changedNode(t, func(n *bootstrap.Node) { n.HasIdentity = true }), append([]string{metadata}, wireServer...)},
		"a worker without an identity": {documents(t)["linux-node.yaml"], wireServer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, c.document, map[string]string{"iptables": rulesOfPods})
			for range 2 { // at each start; a rule that is there stays one
				require.Equal(t, 0, m.run(t, m.path("/usr/local/lib/hybridcluster/wireserver.sh")))
				require.ElementsMatch(t, c.want, strings.Split(strings.TrimSuffix(m.read(t, "/calls.rules"), "\n"), "\n"))
			}
		})
	}
}

// chartsDir holds what the real charts make of the program's values, where it is at
// hand.
const chartsDir = "HYBRIDCLUSTER_CHARTS"

// These ask the metadata service, as the machine: about its zone, its size, its
// token. On a pod network they would be kept from it.
func TestWhatAsksTheMetadataServiceIsOnTheHostsNetwork(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(chartsDir)
	if dir == "" {
		t.Skip(chartsDir + " does not say where the charts' objects are")
	}
	for _, chart := range []string{"cloud-controller-manager", "cloud-node-manager", "cluster-autoscaler", "azuredisk-csi-driver", "azurefile-csi-driver"} {
		data, err := os.ReadFile(filepath.Join(dir, "all-"+chart+".json"))
		require.NoError(t, err)
		var made struct {
			Objects []struct {
				Kind, Name string
				Pod        struct {
					HostNetwork bool `json:"hostNetwork"`
				}
			}
		}
		require.NoError(t, json.Unmarshal(data, &made))
		workloads := 0
		for _, o := range made.Objects {
			if o.Kind == "Deployment" || o.Kind == "DaemonSet" {
				workloads++
				require.True(t, o.Pod.HostNetwork, "%s: %s %s", chart, o.Kind, o.Name)
			}
		}
		require.Positive(t, workloads, chart)
	}
}
