package stacks_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// A pool whose VM size has ended goes on, and neither grows nor gets a fellow; a stack
// that is new is refused with it.
func TestWhatEndedWhileTheClusterRan(t *testing.T) {
	t.Parallel()
	const lin = "agentPoolProfiles[1]."
	retired := lin + "vmSize=Standard_DS2_v2"
	config := func(set ...string) stacks.Config {
		c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": runningCluster}))
		require.NoError(t, err)
		c.Source.Set = append([]string{"orchestratorProfile.orchestratorRelease=1.37"}, set...)
		return c
	}
	today := time.Date(2027, 10, 1, 0, 0, 0, 0, time.UTC)
	later := today.AddDate(1, 0, 0)
	for name, tt := range map[string]struct {
		now  []string
		day  time.Time
		path string
	}{
		"before the end":     {now: []string{retired}, day: today},
		"after it":           {now: []string{retired}, day: later},
		"more machines":      {now: []string{retired, lin + "count=3"}, day: later, path: "properties." + lin + "vmSize"},
		"another pool":       {now: []string{retired, `agentPoolProfiles[3]={"name":"more","count":1,"vmSize":"Standard_DS2_v2"}`}, day: later, path: "properties.agentPoolProfiles[3].vmSize"},
		"another, no day":    {now: []string{retired, `agentPoolProfiles[3]={"name":"more","count":1,"vmSize":"Standard_DS2_v2"}`}},
		"the day and no set": {day: later},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := stateOf(t, config(retired), nil)
			if tt.now == nil {
				state = stateOf(t, config(), nil)
			}
			now := config(tt.now...)
			now.Today, now.EndedLater = tt.day, true
			_, report := now.Resolve()
			require.NoError(t, report.Err(), "what may run already is no fault")
			faults, err := now.RunningFaults(state)
			require.NoError(t, err)
			if tt.path == "" {
				require.Empty(t, faults)
				return
			}
			require.Len(t, faults, 1, faults.Error())
			require.Equal(t, tt.path, faults[0].Path)
		})
	}
	fresh := config(retired)
	fresh.Today, fresh.EndedLater = later, true
	require.Len(t, fresh.Ended(), 2, "the size, and Kubernetes by then")
	faults, err := fresh.RunningFaults([]byte(`{"deployment": {}}`))
	require.NoError(t, err)
	require.Equal(t, fresh.Ended(), faults, "a stack without machines is new")
	fresh.EndedLater = false
	_, report := fresh.Resolve()
	require.Error(t, report.Err(), "validate refuses what it cannot know to run")
}
