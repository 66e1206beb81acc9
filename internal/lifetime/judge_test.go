package lifetime

import (
	"context"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// past is what a backend remembers of a stack's runs.
type past struct {
	last    *engine.Run
	holders []engine.Holder
	unknown error
	asked   int
}

func (p *past) LastRun(context.Context) (*engine.Run, error) { return p.last, nil }

func (p *past) Holders(context.Context) ([]engine.Holder, error) {
	p.asked++
	return p.holders, p.unknown
}

// The list tells apart what failed, what is under way, what was cut off and what is up.
func TestStatesOfStacks(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	require.NoError(t, err)
	const written = `"manifest": {"time": "2026-01-02T03:04:05.9Z"}`
	const up = `{"deployment": {` + written + `, "resources": [{"type": "pulumi:pulumi:Stack", "outputs": {"nodes": [{}, {}]}}, {"type": "tls:index/privateKey:PrivateKey"}]}}`
	const half = `{"deployment": {` + written + `, "resources": [{"type": "pulumi:pulumi:Stack"}, {"type": "tls:index/privateKey:PrivateKey"}]}}`
	const empty = `{"deployment": {` + written + `, "resources": [{"type": "pulumi:pulumi:Stack"}]}}`
	const pending = `{"deployment": {` + written + `, "resources": [{"type": "pulumi:pulumi:Stack", "outputs": {"nodes": [{}]}}, {"type": "a"}], "pending_operations": [{"type": "creating"}]}}`
	at := func(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC) }
	well, ill := &engine.Run{Result: "succeeded", Ended: at(5)}, &engine.Run{Result: "failed", Ended: at(6)}
	before := &engine.Run{Result: "succeeded", Ended: at(4)}
	alive := []engine.Holder{{Host: host, PID: os.Getpid(), URL: "file:///x"}}
	dead := []engine.Holder{{Host: host, PID: 1 << 30, URL: "file:///x"}}
	elsewhere := []engine.Holder{{Host: "another", PID: 1, URL: "azblob://x"}}
	deleting := func(n int) map[string]string {
		return map[string]string{stackDeleting: "2026-01-02T03:04:05Z " + strconv.Itoa(n)}
	}
	for name, tc := range map[string]struct {
		state string
		tags  map[string]string
		past  past
		want  string
	}{
		"up":                         {up, nil, past{last: well}, StateUp},
		"a first up failed":          {half, nil, past{last: ill}, StateFailed},
		"a later up failed":          {up, nil, past{last: ill}, StateFailed},
		"a later up was cut off":     {up, nil, past{last: before}, StateIncomplete},
		"a first up was cut off":     {half, nil, past{}, StateIncomplete},
		"killed in the middle":       {pending, nil, past{last: before, holders: dead}, StateIncomplete},
		"under way":                  {pending, nil, past{last: before, holders: alive}, StateUpdating},
		"just begun":                 {empty, nil, past{holders: alive}, StateUpdating},
		"under way elsewhere":        {up, nil, past{last: before, holders: elsewhere}, StateUpdating},
		"Pulumi Cloud knows":         {up, nil, past{last: &engine.Run{Result: engine.InProgress}}, StateUpdating},
		"no passphrase":              {up, nil, past{last: before, unknown: errors.New("passphrase")}, StateIncomplete},
		"empty":                      {empty, nil, past{last: ill}, StateEmpty},
		"half deleted":               {up, deleting(60), past{last: ill}, StateDeleting},
		"a deletion that came to it": {up, deleting(2), past{last: well}, StateUp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Read("dev", []byte(tc.state), tc.tags, at(0))
			require.NoError(t, err)
			require.NoError(t, s.judge(t.Context(), &tc.past))
			require.Equal(t, tc.want, s.State)
			if tc.past.last == well {
				require.Zero(t, tc.past.asked, "the lock of a stack at rest is left alone")
			}
		})
	}
}

// What a deletion has begun is told from one that was interrupted before anything went.
func TestDeletionIsRemembered(t *testing.T) {
	t.Parallel()
	const whole = `{"deployment": {"resources": [{"type": "a"}, {"type": "b"}]}}`
	tags, err := BeginDeletion([]byte(whole), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	require.NoError(t, err)
	d := DeletionOf(tags)
	require.False(t, d.Begun(2))
	require.True(t, d.Begun(1))
	require.False(t, DeletionOf(nil).Begun(1))
	require.False(t, DeletionOf(EndDeletion()).Begun(1))
}

// A state with a group and without keys is a beginning or a rest.
func TestKeyless(t *testing.T) {
	t.Parallel()
	const group = `{"type": "azure-native:resources:ResourceGroup", "inputs": {"resourceGroupName": "demo"}}`
	for resources, want := range map[string]string{
		`[]`:                  "",
		`[` + group + `]`:     "demo",
		`[{"type": "tls:x"}]`: "",
		`[` + group + `, {"type": "tls:index/privateKey:PrivateKey"}]`: "",
	} {
		name, keyless, err := Keyless([]byte(`{"deployment": {"resources": ` + resources + `}}`))
		require.NoError(t, err)
		require.Equal(t, want, name)
		require.Equal(t, want != "", keyless)
	}
}
