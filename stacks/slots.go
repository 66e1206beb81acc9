package stacks

import (
	"fmt"
	"strconv"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// others is how many slots are left for what takes seconds.
const others = 8

// Slots is how many resources the engine has to work on at once, for all machines
// to start at the same time: each scale set, and the bootstrap of each single
// machine, is worked on until its nodes have joined. It is 0 where the
// configuration is at fault.
func (c Config) Slots() int {
	d, report := c.Resolve()
	if report.Err() != nil {
		return 0
	}
	return slots(d)
}

func slots(d *apimodel.Definition) int { return d.Waits() + others }

// FewSlots says, where the engine works on fewer resources at once than machines
// wait for, what it costs and how to change it. parallel is what the engine tells
// its programs. A program cannot set it: the CLI reads it before.
func (c Config) FewSlots(parallel string) string {
	d, report := c.Resolve()
	if report.Err() != nil {
		return ""
	}
	n, err := strconv.Atoi(parallel)
	waits := d.Waits()
	if err != nil || n <= 0 || n >= waits {
		return ""
	}
	return fmt.Sprintf("Pulumi works on %d resources at once, and this cluster has %d that are worked on until their nodes have joined: "+
		"they come up in %d rounds. `pulumi up --parallel %d`, or PULUMI_PARALLEL=%d, starts them all at once.",
		n, waits, (waits+n-1)/n, slots(d), slots(d))
}
