package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a run of another kind did after an up says nothing of how that ended.
func TestLastRun(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	for name, tc := range map[string]struct {
		history string
		want    *Run
	}{
		"none":    {`[]`, nil},
		"an up":   {`[{"kind": "update", "result": "succeeded", "endTime": "2026-01-02T03:04:00.000Z"}]`, &Run{"succeeded", at(4)}},
		"refresh": {`[{"kind": "refresh", "result": "succeeded", "endTime": "2026-01-02T03:05:00.000Z"}, {"kind": "update", "result": "failed", "endTime": "2026-01-02T03:04:00.000Z"}]`, &Run{"failed", at(5)}},
		"at it":   {`[{"kind": "refresh", "result": "in-progress"}]`, &Run{Result: InProgress}},
		"a look":  {`[{"kind": "refresh", "result": "succeeded", "endTime": "2026-01-02T03:05:00.000Z"}]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, err := lastRun([]byte(tc.history))
			require.NoError(t, err)
			require.Equal(t, tc.want, run)
		})
	}
}
