package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// Only what time takes away is tried again.
func TestDeletionsThatTimeHelps(t *testing.T) {
	t.Parallel()
	failed := func(kind engine.Kind, messages ...string) error {
		e := &engine.Error{Op: "destroy", Stack: "demo", Kind: kind}
		for _, m := range messages {
			e.Diagnostics = append(e.Diagnostics, engine.Diagnostic{Severity: "error", Message: m})
		}
		return e
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"a reserved card": {failed(engine.Failed, `Status=400 Code="NicReservedForAnotherVm" Message="wait"`, "update failed"), "NicReservedForAnotherVm"},
		"a subnet":        {failed(engine.Failed, `Status=400 Code="InUseSubnetCannotBeDeleted" Message="in use"`), "InUseSubnetCannotBeDeleted"},
		"a group":         {failed(engine.Failed, `Code="InUseNetworkSecurityGroupCannotBeDeleted"`), "InUseNetworkSecurityGroupCannotBeDeleted"},
		"a lock":          {failed(engine.Failed, `Status=409 Code="ScopeLocked" Message="locked"`), ""},
		"interrupted":     {failed(engine.Interrupted, `Code="InUseSubnetCannotBeDeleted"`), ""},
		"something else":  {errors.New("InUseSubnetCannotBeDeleted"), ""},
		"nothing":         {nil, ""},
	} {
		require.Equal(t, test.want, keptCode(test.err), name)
	}
}
