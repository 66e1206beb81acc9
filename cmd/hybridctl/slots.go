package main

import (
	"runtime"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// slots is how many resources an up works on at once. Who gave a number, by
// --parallel or as Pulumi's own variable has it, gets that. Else there are as many
// as the cluster's machines wait for, and never fewer than the engine would take.
func (a *app) slots(given int, c stacks.Config) int {
	const perProcessor = 4 // as the engine has it
	if given > 0 || a.getenv(pulumi.EnvParallel) != "" {
		return given
	}
	return max(c.Slots(), perProcessor*runtime.GOMAXPROCS(0))
}
