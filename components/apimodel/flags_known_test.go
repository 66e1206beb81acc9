package apimodel

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func components() []component {
	return []component{componentAPIServer, componentControllerManager, componentScheduler, componentKubelet}
}

func TestKnownFlag(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of    component
		known []string
		not   []string
	}{
		"kubelet": {componentKubelet,
			[]string{"max-pods", "--max-pods", "--max_pods", "register-with-taints", "feature-gates", "v", "kubeconfig", "eviction-hard", "windows-service", "housekeeping-interval", "log-json-split-stream"},
			[]string{"", "--", "max-Pods", "network-plugin", "container-runtime", "pod-infra-container-image", "oidc-issuer-url", "h"}},
		"apiserver": {componentAPIServer,
			[]string{"oidc-issuer-url", "admission-control-config-file", "feature-gates", "service-node-port-range", "v", "etcd-servers"},
			[]string{"insecure-port", "max-pods", "tls-cert", "cloud-config"}},
		"controller manager": {componentControllerManager,
			[]string{"controllers", "node-monitor-grace-period", "cluster-signing-cert-file", "v"},
			[]string{"pod-eviction-timeout", "address", "max-pods"}},
		"scheduler": {componentScheduler,
			[]string{"config", "leader-elect", "profiling", "v"},
			[]string{"policy-config-file", "algorithm-provider", "max-pods"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range Releases() {
				for _, flag := range test.known {
					require.True(t, knownFlag(test.of, r.Minor, flag), "%s of %s", flag, r.Minor)
				}
				for _, flag := range test.not {
					require.False(t, knownFlag(test.of, r.Minor, flag), "%s of %s", flag, r.Minor)
				}
			}
			require.False(t, knownFlag(test.of, "1.34", test.known[0]), "a release without facts")
		})
	}
}

func TestKnownFlagOn(t *testing.T) {
	t.Parallel()
	for flag, on := range map[string][]OSType{
		"max-pods":              {Linux, Windows},
		"windows-priorityclass": {Windows},
		"housekeeping-interval": {Linux},
		"no-such-flag":          nil,
	} {
		for _, os := range []OSType{Linux, Windows} {
			require.Equal(t, slices.Contains(on, os), knownFlagOn(componentKubelet, DefaultRelease, os, flag), "%s on %s", flag, os)
		}
	}
	require.False(t, knownFlagOn(componentKubelet, DefaultRelease, "", "no-such-flag"))
}

func TestClosestFlag(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of          component
		word, found string
	}{
		{componentKubelet, "--max-pod", "max-pods"},
		{componentKubelet, "image_gc_high_treshold", "image-gc-high-threshold"},
		{componentAPIServer, "oidc-isuer-url", "oidc-issuer-url"},
		{componentKubelet, "oidc-isuer-url", ""},
		{componentScheduler, "completely-different-words", ""},
	} {
		require.Equal(t, test.found, closestFlag(test.of, DefaultRelease, test.word), test.word)
	}
}

// A flag that only the older ones of our releases take must not stop a move to the
// newer one, nor get into it.
func TestAFlagThatAReleaseHasLostIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of                component
		minor, flag, last string
	}{
		{componentKubelet, "1.37", "storage-driver-db", "1.36"},
		{componentKubelet, "1.37", "containerd-namespace", "1.36"},
		{componentControllerManager, "1.37", "concurrent-service-syncs", "1.36"},
		{componentControllerManager, "1.36", "concurrent-service-syncs", ""},
		{componentControllerManager, "1.37", "concurrent-disruption-syncs", ""},
		{componentKubelet, "1.37", "housekeeping-interval", ""},
	} {
		judged := judgeFlag(test.of, test.minor, Linux, test.flag, "1")
		if test.flag == "housekeeping-interval" {
			judged = judgeFlag(test.of, test.minor, Linux, test.flag, "10s")
		}
		require.Empty(t, judged.fault, test.flag)
		require.Equal(t, test.last == "", judged.pass, test.flag)
		if test.last != "" {
			require.Contains(t, judged.note, "that of "+test.last+" was the last to take it")
		}
	}
	early := judgeFlag(componentControllerManager, "1.36", Linux, "concurrent-disruption-syncs", "5")
	require.Contains(t, early.fault, "has no flag --concurrent-disruption-syncs", "1.37 is the first to take it")
	require.False(t, early.pass)
}

func TestDroppedFlag(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of        component
		flag, why string
	}{
		{componentKubelet, "--network-plugin", "dockershim"},
		{componentKubelet, "container-runtime", "dockershim"},
		{componentKubelet, "allow-privileged", "1.15"},
		{componentAPIServer, "insecure-port", "TLS"},
		{componentControllerManager, "pod-eviction-timeout", "taint"},
	} {
		why, ok := droppedFlag(test.of, test.flag)
		require.True(t, ok, test.flag)
		require.Contains(t, why, test.why, test.flag)
	}
	_, ok := droppedFlag(componentKubelet, "max-pods")
	require.False(t, ok)
	_, ok = droppedFlag(componentScheduler, "network-plugin")
	require.False(t, ok, "another component's")
}

func TestGateOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		minor, name string
		want        gate
	}{
		{"1.36", "MountPropagation", gate{gateRemovedGA, "GA", true, "1.13"}},
		{"1.36", "PodSecurity", gate{gateRemovedGA, "GA", true, "1.27"}},
		{"1.36", "DebugContainers", gate{gateRemovedOther, "ALPHA", false, "1.15"}},
		{"1.36", "DynamicKubeletConfig", gate{gateRemovedOther, "DEPRECATED", false, "1.25"}},
		// General availability of turning something off.
		{"1.36", "LegacyNodeRoleBehavior", gate{gateRemovedOther, "GA", false, "1.21"}},
		{"1.35", "MemoryManager", gate{gateLockedOn, "GA", true, ""}},
		{"1.36", "MemoryManager", gate{gateRemovedGA, "GA", true, "1.35"}},
		{"1.36", "AllowOverwriteTerminationGracePeriodSeconds", gate{gateLockedOff, "DEPRECATED", false, ""}},
		{"1.35", "RotateKubeletServerCertificate", gate{gateKnown, "BETA", true, ""}},
		{"1.36", "HPAScaleToZero", gate{gateKnown, "ALPHA", false, ""}},
		{"1.37", "SidecarContainers", gate{gateRemovedGA, "GA", true, "1.36"}},
		{"1.37", "GangScheduling", gate{gateRemovedOther, "ALPHA", false, "1.36"}},
		{"1.37", "EventedPLEG", gate{gateKnown, "ALPHA", false, ""}},
		{"1.37", "WatchListClient", gate{gateKnown, "BETA", true, ""}},
		{"1.37", "InOrderInformers", gate{gateLockedOn, "GA", true, ""}},
		// On by default only for clusters that need not be compatible with 1.36.
		{"1.37", "DRAFractionalCapacityRange", gate{gateKnown, "BETA", false, ""}},
		{"1.36", "StatefulSetRecreateStrategy", gate{}},
		{"1.36", "AllAlpha", gate{gateKnown, "ALPHA", false, ""}},
		{"1.36", "allalpha", gate{}},
		{"1.36", "NoSuchGate", gate{state: gateUnknown}},
		{"1.36", "", gate{}},
		{"1.12", "MemoryManager", gate{}},
	} {
		require.Equal(t, test.want, gateOf(test.minor, test.name), "%s of %s", test.name, test.minor)
	}
}

// A row that is there twice, or out of order, would hide a slip of the pen when
// a release is added.
func TestFlagTableIsOrderly(t *testing.T) {
	t.Parallel()
	minors := releaseMinors()
	var keys []string
	for _, row := range factRows(flagsCSV, 6) {
		require.Contains(t, components(), component(row[0]), row)
		require.Equal(t, flagName(row[1]), row[1], row)
		require.NotEmpty(t, row[1], row)
		require.Contains(t, []string{everyOS, "linux", "windows"}, row[3], row)
		if row[2] == droppedFlags {
			require.NotEmpty(t, row[5], "a flag that is gone has a reason: %v", row)
			keys = append(keys, "2 "+row[0]+" "+row[1])
			for _, minor := range minors {
				require.False(t, knownFlag(component(row[0]), minor, row[1]), row)
			}
			continue
		}
		of := strings.Split(row[2], " ")
		require.True(t, slices.IsSorted(of), row)
		require.Subset(t, minors, of, row)
		require.NotEmpty(t, row[4], "type: %v", row)
		keys = append(keys, "1 "+row[0]+" "+row[1])
	}
	requireSortedOnce(t, keys)
	for _, c := range components() {
		for _, minor := range minors {
			require.Greater(t, len(flagTables().names[flagsOf{c, minor}]), 50, "%s of %s", c, minor)
		}
	}
}

func TestGateTableIsOrderly(t *testing.T) {
	t.Parallel()
	minors := releaseMinors()
	var keys []string
	known := map[string]int{}
	for _, row := range factRows(featureGatesCSV, 5) {
		require.Regexp(t, `^[A-Za-z][A-Za-z0-9]+$`, row[0])
		require.Regexp(t, `^1\.[0-9]{2}$`, row[1])
		require.Contains(t, []string{"ALPHA", "BETA", "GA", "DEPRECATED"}, row[2], row)
		require.Contains(t, []string{"on", "off"}, row[3], row)
		require.Contains(t, []string{"locked", ""}, row[4], row)
		keys = append(keys, row[0]+" "+row[1])
		known[row[1]]++
	}
	requireSortedOnce(t, keys)
	for _, minor := range minors {
		require.Greater(t, known[minor], 200, minor)
	}
}

func releaseMinors() []string {
	var minors []string
	for _, r := range Releases() {
		minors = append(minors, r.Minor)
	}
	return minors
}

func requireSortedOnce(t *testing.T, keys []string) {
	t.Helper()
	for i := 1; i < len(keys); i++ {
		require.Less(t, keys[i-1], keys[i], "sorted, and once each")
	}
}
