package apimodel

import (
	_ "embed" // the tables of flags and feature gates
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A component is a Kubernetes program that a definition passes flags to.
type component string

const (
	componentKubelet           component = "kubelet"
	componentAPIServer         component = "kube-apiserver"
	componentControllerManager component = "kube-controller-manager"
	componentScheduler         component = "kube-scheduler"
)

// The file says where its facts come from.
//
//go:embed data/flags.csv
var flagsCSV string

// The tables' words for flags that no release of ours takes, and for a flag
// that a component takes on both operating systems.
const (
	droppedFlags = "dropped"
	everyOS      = "any"
)

type flagsOf struct {
	component component
	minor     string
}

type flagTable struct {
	// known is the operating system that a flag is for, by its name.
	known map[flagsOf]map[string]string
	// names are sorted.
	names map[flagsOf][]string
	// dropped says why, by the flag's name.
	dropped map[component]map[string]string
	// kinds are the types of what releases take.
	kinds map[component]map[string]string
}

// knownFlag says whether a component of one of [Releases], by its minor ("1.36"),
// takes a flag, on any operating system. A component does not start with a flag
// that it does not know.
func knownFlag(c component, minor, name string) bool {
	return flagTables().known[flagsOf{c, minor}][flagName(name)] != ""
}

// knownFlagOn is knownFlag on one operating system: a kubelet on Windows knows
// two flags that one on Linux does not, and none of cAdvisor's.
func knownFlagOn(c component, minor string, os OSType, name string) bool {
	only := flagTables().known[flagsOf{c, minor}][flagName(name)]
	return only == everyOS || only != "" && only == strings.ToLower(string(os))
}

// closestFlag is the flag that a misspelled one may stand for, or "".
func closestFlag(c component, minor, name string) string {
	return closest(flagName(name), flagTables().names[flagsOf{c, minor}])
}

// droppedFlag says in a few words why a component of today does not take a flag
// that one of Kubernetes 1.10 to 1.34 took.
func droppedFlag(c component, name string) (why string, ok bool) {
	why, ok = flagTables().dropped[c][flagName(name)]
	return why, ok
}

// lastFlag is the newest release before another that takes a flag which that one
// does not take, or "". A flag that an older release of ours took is as good as
// dropped: a definition keeps it when it moves on.
func lastFlag(c component, minor, name string) (last string) {
	for _, r := range Releases() {
		if olderRelease(r.Minor, minor) && knownFlag(c, r.Minor, name) {
			last = r.Minor
		}
	}
	return last
}

// flagName is a flag's bare name as Kubernetes registers it; its parsers read
// "_" as "-".
func flagName(name string) string {
	return strings.ReplaceAll(strings.TrimLeft(name, "-"), "_", "-")
}

var flagTables = sync.OnceValue(func() flagTable {
	t := flagTable{map[flagsOf]map[string]string{}, map[flagsOf][]string{}, map[component]map[string]string{}, map[component]map[string]string{}}
	for _, row := range factRows(flagsCSV, 6) {
		c, name, releases, os, note := component(row[0]), row[1], row[2], row[3], row[5]
		if releases == droppedFlags {
			putFlag(t.dropped, c, name, note)
			continue
		}
		putFlag(t.kinds, c, name, row[4])
		for minor := range strings.SplitSeq(releases, " ") {
			of := flagsOf{c, minor}
			putFlag(t.known, of, name, os)
			t.names[of] = append(t.names[of], name)
		}
	}
	for _, names := range t.names {
		slices.Sort(names)
	}
	return t
})

func putFlag[K comparable](m map[K]map[string]string, of K, name, value string) {
	if m[of] == nil {
		m[of] = map[string]string{}
	}
	m[of][name] = value
}

// factRows reads a table that is part of the program: a fault in it is ours.
func factRows(text string, columns int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	r.FieldsPerRecord = columns
	all, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("a table of Kubernetes facts is broken: %v", err))
	}
	return all[1:] // the first row names the columns
}

// The file says where its facts come from.
//
//go:embed data/feature_gates.csv
var featureGatesCSV string

type gateState int

const (
	// gateUnknown is no gate of the release, nor of one from 1.10 on.
	gateUnknown gateState = iota
	// gateKnown can be turned on and off.
	gateKnown
	// gateLockedOn and gateLockedOff accept the value that they have and no other.
	gateLockedOn
	gateLockedOff
	// gateRemovedGA is a feature that is always on by now. The release does not
	// start with the gate; to leave it out is what turning it on meant.
	gateRemovedGA
	// gateRemovedOther is gone without having become generally available.
	gateRemovedOther
)

// A gate is what a release knows of a feature gate.
type gate struct {
	state gateState
	// stage is ALPHA, BETA, GA or DEPRECATED; of a gate that is gone, its last.
	stage string
	// on is the default; of a gate that is gone, its last one.
	on bool
	// last is the last release that knew a gate that is gone ("1.27").
	last string
}

// gateOf looks a feature gate up, by its exact name; Kubernetes minds the case.
// A component does not start with a gate that it does not know, or with another
// value for a locked one. AllAlpha and AllBeta are gates too. The
// minor is that of one of [Releases]; of others the table knows no gates.
func gateOf(minor, name string) gate {
	var newest gate
	for _, row := range gateRows()[name] {
		switch {
		case row.release == minor:
			return row.now()
		case olderRelease(row.release, minor):
			newest = row.gone()
		}
	}
	return newest
}

type gateRow struct {
	release, stage string
	on, locked     bool
}

func (r gateRow) now() gate {
	g := gate{state: gateKnown, stage: r.stage, on: r.on}
	switch {
	case r.locked && r.on:
		g.state = gateLockedOn
	case r.locked:
		g.state = gateLockedOff
	}
	return g
}

func (r gateRow) gone() gate {
	g := gate{state: gateRemovedOther, stage: r.stage, on: r.on, last: r.release}
	if r.stage == "GA" && r.on {
		g.state = gateRemovedGA
	}
	return g
}

// gateRows are the rows of every gate, oldest release first.
var gateRows = sync.OnceValue(func() map[string][]gateRow {
	gates := map[string][]gateRow{}
	for _, row := range factRows(featureGatesCSV, 5) {
		gates[row[0]] = append(gates[row[0]], gateRow{row[1], row[2], row[3] == "on", row[4] == "locked"})
	}
	return gates
})

// olderRelease compares releases such as "1.9" and "1.36".
func olderRelease(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}
