package bootstrap_test

import (
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const endpointName = "demo.westeurope.cloudapp.azure.com"

// otherMasters stands in front of the usual curl for what one master asks
// another. Shell conditions say when an API server, or an etcd, answers.
func otherMasters(apiAnswers, etcdAnswers string) string {
	return `
case "$*" in
*/cluster-info*) { ` + apiAnswers + `; } && exit 0; exit 7 ;;
*:2379/health*) { ` + etcdAnswers + `; } && exit 0; exit 7 ;;
*/member/list*) { ` + etcdAnswers + `; } || exit 7
  echo '{"members": [{"ID": "11", "name": "demo-control-plane-2", "peerURLs": ["https://10.240.255.7:2380"]},
    {"ID": "12", "name": "demo-control-plane-1", "peerURLs": ["https://10.240.255.66:2380"]},
    {"ID": "13", "peerURLs": ["https://10.240.255.6:2380"]}]}'; exit 0 ;;
*/member/remove*) exit 0 ;;
esac
` + curlFake
}

// newMaster lays out a master of three. Its python runs programs that stand on
// the command line, and no files.
func newMaster(t *testing.T, n bootstrap.Node, programs map[string]string) machine {
	t.Helper()
	document, err := bootstrap.ControlPlane(threeMasters(), n, pki(), cloud())
	require.NoError(t, err)
	python := need(t, "python3")
	all := map[string]string{"python3": `[[ $1 != -c ]] || exec ` + python + ` "$@"`}
	maps.Copy(all, programs)
	return newMachine(t, document, all)
}

// order checks that journal lines come one after the other.
func order(t *testing.T, journal string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		_, rest, ok := strings.Cut(journal, part)
		require.True(t, ok, "%q is not in what is left of the journal:\n%s", part, journal)
		journal = rest
	}
}

func TestFurtherMasterJoins(t *testing.T) {
	t.Parallel()
	m := newMaster(t, secondMaster(), map[string]string{
		"curl": otherMasters("false", "false"),
		// While it joins, the name is not the machine itself. Two attempts fail.
		"kubeadm": `case $1 in
			reset) rm -rf "$KUBERNETES_DIR/pki"; mkdir -p "$ETCD_MOUNT/etcd/member" ;;
			join) grep -qx "10.240.255.100 ` + endpointName + `" "$HOSTS_FILE" && ! grep -q "^127.0.0.1 ` + endpointName + `" "$HOSTS_FILE" &&
				[[ ! -e $ETCD_MOUNT/etcd ]] && echo "token ` + fakeToken + `" &&
				[[ -s $KUBERNETES_DIR/pki/etcd/ca.key && $(grep -c "^kubeadm join" "$CALLS") == 3 ]] ;;
		esac`,
	})
	require.Equal(t, 0, m.boot(t))
	config := m.path("/etc/hybridcluster/kubeadm.yaml")
	join, reset := "join --config "+config, "reset --force --cri-socket unix:///run/containerd/containerd.sock"
	require.Equal(t, []string{join, reset, join, reset, join}, m.calls(t, "kubeadm"))
	require.Equal(t, "127.0.0.1 localhost\n127.0.0.1 "+endpointName+"\n", m.read(t, "/etc/hosts"))
	require.Equal(t, pki().CAKey, m.read(t, "/etc/kubernetes/pki/ca.key"))
	require.NotEmpty(t, m.read(t, success))
	require.NotContains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken)
	require.NotContains(t, m.read(t, logFile), fakeToken)
	require.NoDirExists(t, m.path("/var/lib/hybridcluster/etcd-client"))
	require.NotEmpty(t, m.calls(t, "mountpoint"), "a master has an etcd disk")
}

func TestJoinOfAMasterHasADeadline(t *testing.T) {
	t.Parallel()
	m := newMaster(t, secondMaster(), map[string]string{"curl": otherMasters("false", "false"), "kubeadm": "[[ $1 != join ]]"})
	require.NotEqual(t, 0, m.boot(t, "JOIN_SECONDS=0"))
	require.Contains(t, m.read(t, failure), "step join_control_plane failed")
	require.Contains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken, "a second try needs it")
	require.Equal(t, pki().CAKey, m.read(t, "/var/lib/hybridcluster/pki/ca.key"), "and this")
}

// A master that was made again has a dead member of its name or address in etcd.
func TestReplacedMasterTakesItsPredecessorOutOfEtcd(t *testing.T) {
	t.Parallel()
	m := newMaster(t, secondMaster(), map[string]string{"curl": otherMasters("true", "[[ $* != *10.240.255.5:* ]]")})
	require.Equal(t, 0, m.boot(t))
	order(t, m.read(t, "/calls"),
		"https://10.240.255.5:2379/v3/cluster/member/list", "https://10.240.255.7:2379/v3/cluster/member/list",
		`{"ID": "12"} https://10.240.255.7:2379/v3/cluster/member/remove`,
		`{"ID": "13"} https://10.240.255.7:2379/v3/cluster/member/remove`, "kubeadm join")
	require.Equal(t, 2, strings.Count(m.read(t, "/calls"), "member/remove"), "the living one stays")
	require.Contains(t, m.read(t, logFile), "removing the member 12 from etcd")
}

func TestMemberThatCannotBeRemovedHoldsTheJoinBack(t *testing.T) {
	t.Parallel()
	m := newMaster(t, secondMaster(), map[string]string{
		"curl": `[[ $* != */member/remove* ]] || exit 22` + "\n" + otherMasters("true", "true"),
	})
	require.NotEqual(t, 0, m.boot(t, "JOIN_SECONDS=0"))
	require.NotContains(t, m.read(t, "/calls"), "kubeadm join")
	require.Contains(t, m.read(t, failure), "step join_control_plane failed")
}

func TestFirstMasterOfSeveralInitialises(t *testing.T) {
	t.Parallel()
	m := newMaster(t, master(), map[string]string{
		"curl":    otherMasters("false", "false"),
		"kubeadm": `[[ $1 != init ]] || grep -qx "127.0.0.1 ` + endpointName + `" "$HOSTS_FILE"`,
	})
	require.Equal(t, 0, m.boot(t))
	calls := m.calls(t, "kubeadm")
	require.Len(t, calls, 2)
	require.True(t, strings.HasPrefix(calls[1], "init --config"), calls)
	for _, ip := range []string{"10.240.255.6", "10.240.255.7"} {
		require.Equal(t, 2, strings.Count(m.read(t, "/calls"), "--resolve "+endpointName+":6443:"+ip), "each is asked twice")
		require.Equal(t, 2, strings.Count(m.read(t, "/calls"), "https://"+ip+":2379/health"))
	}
	require.NotContains(t, m.read(t, "/calls"), ":6443:10.240.255.5", "it does not ask itself")
	require.NotContains(t, m.read(t, "/etc/hybridcluster/rejoin.yaml"), fakeToken)
	require.NotContains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken)
}

// A second cluster is never made beside a living one, not even one whose API
// servers are down.
func TestFirstMasterThatIsMadeAgainJoins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"an API server answers": {"[[ $* == *:10.240.255.7* ]]", "false"},
		"an etcd answers":       {"false", "[[ $* == *//10.240.255.6:* ]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMaster(t, master(), map[string]string{"curl": otherMasters(c[0], c[1])})
			require.Equal(t, 0, m.boot(t))
			require.Equal(t, []string{
				"config images pull --config " + m.path("/etc/hybridcluster/kubeadm.yaml"),
				"join --config " + m.path("/etc/hybridcluster/rejoin.yaml"),
			}, m.calls(t, "kubeadm"))
			require.Equal(t, "127.0.0.1 localhost\n127.0.0.1 "+endpointName+"\n", m.read(t, "/etc/hosts"))
		})
	}
}

func TestFirstMasterDecidesAnewEachTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers, kubeadm string
		want             []string
	}{
		// Its own init broke off after others had joined: it joins them, and
		// installs what an init installs last.
		"init, then join": {`grep -q "^kubeadm reset" "$CALLS"`, "[[ $1 != init || $2 == phase ]]", []string{"init", "reset", "join", "init phase addon all"}},
		// The others gave up, too: nobody waits for ever.
		"join, then init": {`! grep -q "^kubeadm reset" "$CALLS"`, "[[ $1 != join ]]", []string{"join", "reset", "init"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMaster(t, master(), map[string]string{"curl": otherMasters(c.answers, "false"), "kubeadm": c.kubeadm})
			require.Equal(t, 0, m.boot(t))
			calls := m.calls(t, "kubeadm")[1:]
			require.Len(t, calls, len(c.want), calls)
			for i, want := range c.want {
				require.True(t, strings.HasPrefix(calls[i], want), calls[i])
			}
		})
	}
}

func TestLivingClusterThatCannotBeJoinedIsNotReplaced(t *testing.T) {
	t.Parallel()
	m := newMaster(t, master(), map[string]string{"curl": otherMasters("false", "true"), "kubeadm": "[[ $1 != join ]]"})
	require.NotEqual(t, 0, m.boot(t, "JOIN_SECONDS=0"))
	require.NotContains(t, m.read(t, "/calls"), "kubeadm init")
	require.Contains(t, m.read(t, failure), "step init_control_plane failed")
}

// in runs shell text in a master's script, with the real programs of this machine.
func (m machine) in(t *testing.T, text string, extra ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", `source "$LIB_DIR/bootstrap.sh"; read_settings; `+text)
	cmd.Env = append(m.realEnv(), extra...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
