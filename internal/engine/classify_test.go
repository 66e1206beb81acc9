package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	const locked = "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
		"  file:///b/.pulumi/locks/organization/hybridcluster/dev/aa.json?no_tmp_dir=true: created by ann@box (pid 4711) at 2026-01-02T03:04:05Z\n"
	for _, tc := range []struct {
		name, stderr, stdout string
		kind                 Kind
		detail               string
	}{
		{"locked", locked, "", Locked, "currently locked"},
		{"locked in Pulumi Cloud", "error: [409] Conflict: Another update is currently in progress.\n", "", Locked, "[409]"},
		{"no stack", "error: no stack named 'dev' found\n", "", NotFound, "no stack named 'dev' found"},
		{"stack exists", "error: stack 'organization/hybridcluster/dev' already exists\n", "", Conflict, "already exists"},
		{"not logged in", "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n", "", NoBackend, "must be set"},
		{"no bucket", "error: unable to open bucket file:///x: stat /x: no such file or directory\n", "", NoBackend, "stat /x"},
		{
			"no passphrase",
			"error: could not create secrets manager for new stack: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables\n",
			"", NoPassphrase, "passphrase must be set",
		},
		{"wrong passphrase", "error: getting secrets manager: incorrect passphrase\n", "", NoPassphrase, "incorrect passphrase"},
		{"engine bug", "", "The Pulumi CLI encountered a fatal error. This is a bug!", Crashed, ""},
		{"broken state", "error: The Pulumi CLI encountered a snapshot integrity error. This is a bug!\n", "", Crashed, "integrity"},
		{"half-written metadata", "error: failed to load checkpoint: EOF\n", "", TornState, "EOF"},
		{"anything else", "warning: using it\nerror: it broke\n  because\nmore\n", "", Failed, "it broke\n  because"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := classify(t.Context(), "up", "dev", failure{stderr: tc.stderr, stdout: tc.stdout, code: 255}, nil)
			require.Equal(t, tc.kind, e.Kind)
			require.Contains(t, e.Detail, tc.detail)
			require.Equal(t, tc.kind, KindOf(fmt.Errorf("doing it: %w", e)), "wrapping keeps the kind")
		})
	}
}

func TestInterruptionWinsOverMessages(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := classify(ctx, "up", "dev", failure{stderr: "error: no stack named 'dev' found"}, nil)
	require.Equal(t, Interrupted, e.Kind)
	require.ErrorIs(t, e, context.Canceled)
	const exists = "error: stack 'organization/hybridcluster/dev' already exists"
	require.Equal(t, Conflict, classify(ctx, opCreation, "dev", failure{stderr: exists}, nil).Kind, "whose the stack is, counts")
	require.Equal(t, Interrupted, classify(ctx, "up", "dev", failure{stderr: exists}, nil).Kind)
	require.Equal(t, Interrupted, classify(ctx, opCreation, "dev", failure{stderr: "error: signal"}, nil).Kind)
}

func TestErrorTextHasResourceAndRemedy(t *testing.T) {
	t.Parallel()
	e := &Error{
		Op: "up", Stack: "dev", Detail: "update failed",
		Diagnostics: []Diagnostic{{Type: "azure-native:compute:VirtualMachine", Name: "linux000", Message: `Code="SkuNotAvailable"`}},
	}
	require.Equal(t, "up of stack dev failed\n  linux000 (azure-native:compute:VirtualMachine): Code=\"SkuNotAvailable\"", e.Error())
	e = &Error{Op: "up", Stack: "dev", Kind: NoPassphrase}
	require.Contains(t, e.Error(), "PULUMI_CONFIG_PASSPHRASE")
	require.Equal(t, Failed, KindOf(errors.New("x")))
}

func TestAbandoned(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	require.NoError(t, err)
	dead := func(int) bool { return false }
	living := func(int) bool { return true }
	local := Holder{URL: "file:///b/lock.json", Host: host, PID: 7}
	for name, tc := range map[string]struct {
		holders []Holder
		alive   func(int) bool
		want    bool
	}{
		"dead, here":           {[]Holder{local}, dead, true},
		"alive, here":          {[]Holder{local}, living, false},
		"elsewhere":            {[]Holder{{URL: local.URL, Host: "other", PID: 7}}, dead, false},
		"not in a local file":  {[]Holder{{URL: "azblob://x", Host: host, PID: 7}}, dead, false},
		"nobody known":         {nil, dead, false},
		"one dead, one remote": {[]Holder{local, {URL: local.URL, Host: "other"}}, dead, false},
	} {
		require.Equal(t, tc.want, abandoned(tc.holders, tc.alive), name)
	}
}

func TestSealedEnvironment(t *testing.T) {
	t.Parallel()
	base := []string{
		"PATH=/bin", "HOME=/h", "ARM_CLIENT_SECRET=s", "AZURE_TENANT_ID=t", "AZURE_STORAGE_KEY=k",
		"PULUMI_ACCESS_TOKEN=p", "PULUMI_CONFIG_PASSPHRASE=x", "KUBECONFIG=/k", "PULUMI_HOME=/mine",
	}
	sealed := Environment{Base: base, Sealed: true, Set: map[string]string{"PULUMI_HOME": "/ours"}}
	require.Equal(t, []string{"PATH=/bin", "HOME=/h", "PULUMI_HOME=/ours"}, sealed.List())
	sealed.Keep = []string{"AZURE_STORAGE_*", "PULUMI_ACCESS_TOKEN"}
	require.Equal(t, []string{"PATH=/bin", "HOME=/h", "AZURE_STORAGE_KEY=k", "PULUMI_ACCESS_TOKEN=p", "PULUMI_HOME=/ours"}, sealed.List())
	open := Environment{Base: base, Set: map[string]string{"PULUMI_HOME": "/ours"}}
	require.Len(t, open.List(), len(base))
	require.Contains(t, open.List(), "ARM_CLIENT_SECRET=s")
	require.NotContains(t, open.List(), "PULUMI_HOME=/mine")
}

func TestCollectorKeepsEachComplaintOnce(t *testing.T) {
	t.Parallel()
	const u = "urn:pulumi:dev::hybridcluster::azure-native:compute:VirtualMachine::linux000"
	c := collect(nil)
	for _, d := range []apitype.DiagnosticEvent{
		{URN: u, Severity: "error", Message: "<{%fg 1%}>Code=\"SkuNotAvailable\"<{%reset%}>\n"},
		{URN: u, Severity: "error", Message: "1 error occurred:\n\t* Code=\"SkuNotAvailable\"\n\n"},
		{URN: u, Severity: "warning", Message: "careful"},
		{Severity: "error", Message: "update failed"},
		{URN: u, Severity: "error", Message: "waiting", Ephemeral: true},
	} {
		c.keep(Event{DiagnosticEvent: &d})
	}
	close(c.stream)
	c.wait()
	require.Equal(t, []Diagnostic{{
		URN: u, Type: "azure-native:compute:VirtualMachine", Name: "linux000", Severity: "error", Message: `Code="SkuNotAvailable"`,
	}}, c.diagnostics)
}

func TestSettleTakesInWhatExists(t *testing.T) {
	t.Parallel()
	raw := []byte(`{"version":3,"deployment":{"manifest":{"big":12345678901234567890},
		"resources":[{"urn":"u:stack"}],
		"pending_operations":[
			{"type":"creating","resource":{"urn":"u:a","custom":true,"inputs":{"n":1}}},
			{"type":"creating","resource":{"urn":"u:b"}},
			{"type":"updating","resource":{"urn":"u:c","id":"c"}}]}}`)
	pending, err := readPending(raw)
	require.NoError(t, err)
	require.Len(t, pending, 2)
	require.Contains(t, pending, "u:b")

	out, err := settle(raw, map[string]string{"u:a": "/a"}, pending)
	require.NoError(t, err)
	require.Contains(t, string(out), "12345678901234567890", "numbers stay exact")
	var state struct {
		Deployment struct {
			Resources []map[string]any `json:"resources"`
			Pending   []any            `json:"pending_operations"`
		} `json:"deployment"`
	}
	require.NoError(t, json.Unmarshal(out, &state))
	require.Empty(t, state.Deployment.Pending)
	require.Len(t, state.Deployment.Resources, 2)
	require.Equal(t, "/a", state.Deployment.Resources[1]["id"])
	require.Equal(t, map[string]any{"n": 1.0}, state.Deployment.Resources[1]["inputs"], "as recorded")
	require.Equal(t, []any{takenOver}, state.Deployment.Resources[1]["initErrors"], "so that it is repeated, and not read")
}

// Kubernetes' provider reads what exists well, and holds updates against outputs.
func TestSettleLeavesObjectsOfKubernetesToARead(t *testing.T) {
	t.Parallel()
	const urn = "urn:pulumi:dev::hybridcluster::kubernetes:core/v1:Service::web"
	out, err := settle([]byte(`{"version":3,"deployment":{}}`), map[string]string{urn: "default/web"}, map[string]resourceState{urn: {}})
	require.NoError(t, err)
	require.NotContains(t, string(out), "initErrors")
}

func TestExistingNeedsAPendingCreation(t *testing.T) {
	t.Parallel()
	const object, release = "kubernetes:core/v1:Service", "kubernetes:helm.sh/v3:Release"
	inputs := func(s string) resourceState { return resourceState{"inputs": json.RawMessage(s)} }
	pending := map[string]resourceState{
		"u:a": {}, "u:b": {}, "u:d": {},
		"u:service": inputs(`{"metadata":{"name":"web","namespace":"default"},"spec":{"n":1}}`),
		"u:space":   inputs(`{"metadata":{"name":"calico-system"}}`),
		"u:release": inputs(`{"name":"calico","namespace":"tigera-operator","chart":"x"}`),
	}
	got := existing([]Diagnostic{
		{URN: "u:a", Message: "creating it: cannot create already existing resource '/subscriptions/s/a'"},
		{URN: "u:b", Message: `cannot create already existing subresource "/subscriptions/s/b"`},
		{URN: "u:c", Message: "cannot create already existing resource '/c'"},
		{URN: "u:d", Message: "quota"},
		{URN: "u:service", Type: object, Message: `services "web" already exists`},
		{URN: "u:space", Type: object, Message: `namespaces "calico-system" already exists`},
		{URN: "u:release", Type: release, Message: "cannot re-use a name that is still in use"},
	}, pending)
	require.Equal(t, map[string]string{
		"u:a": "/subscriptions/s/a", "u:b": "/subscriptions/s/b", "u:service": "default/web",
		"u:space": "calico-system", "u:release": "tigera-operator/calico",
	}, got)
}
