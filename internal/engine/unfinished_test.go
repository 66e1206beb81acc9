package engine_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// mendable is a thing that is replaced, rather than updated, where it was not ready.
func mendable(ctx *pulumi.Context) error {
	var res thing
	return ctx.RegisterResource("toy:index:Thing", "a", pulumi.Map{"size": pulumi.Int(1)}, &res,
		pulumi.ReplaceOnChanges([]string{"#initerror"}), pulumi.DeleteBeforeReplace(true))
}

// TestFailedCreationIsReplacedWhereItIsAskedFor by the real engine, and a refresh that
// would hide the failure is left out.
func TestFailedCreationIsReplacedWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	pl.cloud.failing = map[string]int{"a": 1}
	s := pl.open(t, mendable)
	require.NoError(t, s.Create(t.Context()))
	_, err := s.Up(t.Context(), engine.RunOptions{})
	require.ErrorContains(t, err, "not ready")

	preview, err := s.Preview(t.Context(), engine.RunOptions{Refresh: true})
	require.NoError(t, err)
	require.Equal(t, 1, preview.Changes["replace"], "%v", preview.Changes)
	up, err := s.Up(t.Context(), engine.RunOptions{Refresh: true})
	require.NoError(t, err)
	require.Equal(t, 1, up.Changes["replace"], "%v", up.Changes)
	require.Len(t, pl.said, 2)
	require.Contains(t, pl.said[0], "the last run left a unfinished")
	again, err := s.Up(t.Context(), engine.RunOptions{Refresh: true})
	require.NoError(t, err)
	require.False(t, again.Changed(), "%v", again.Changes)
}

// TestRefreshDoesNotHideWhatFailed: what the state has as failed fails the up, and the
// next one tries again, although no error is left in the state.
func TestRefreshDoesNotHideWhatFailed(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("a"))
	broken := func(_ string, outputs map[string]any) string {
		if outputs["state"] == "Failed" {
			return "it is in state Failed"
		}
		return ""
	}
	require.NoError(t, s.Create(t.Context()))
	_, err := s.Up(t.Context(), engine.RunOptions{Broken: broken})
	require.NoError(t, err)
	pl.cloud.put("a", sized(1).Set("state", property.New("Failed")))

	_, err = s.Up(t.Context(), engine.RunOptions{Refresh: true, Broken: broken})
	require.ErrorContains(t, err, "a (toy:index:Thing): it is in state Failed")
	require.Equal(t, engine.Failed, engine.KindOf(err))
	up, err := s.Up(t.Context(), engine.RunOptions{Broken: broken})
	require.NoError(t, err)
	require.Equal(t, 1, up.Changes["update"], "%v", up.Changes)
	require.Equal(t, []string{"a: it is in state Failed. Trying again."}, pl.said)
}
