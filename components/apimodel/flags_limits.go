package apimodel

import (
	_ "embed" // the table of values
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// The file says where its facts come from.
//
//go:embed data/flag_limits.csv
var flagLimitsCSV string

type limitedFlag struct {
	component component
	minor     string
	name      string
}

// A flagLimit is what a component takes for a flag beyond the flag's type.
type flagLimit struct {
	rule   string
	values []string
}

// everyRelease is the table's word for a limit of all releases.
const everyRelease = "any"

var flagLimits = sync.OnceValue(func() map[limitedFlag]flagLimit {
	limits := map[limitedFlag]flagLimit{}
	for _, row := range factRows(flagLimitsCSV, 5) {
		minors := strings.Fields(row[2])
		if row[2] == everyRelease {
			minors = minors[:0]
			for _, r := range Releases() {
				minors = append(minors, r.Minor)
			}
		}
		for _, minor := range minors {
			limits[limitedFlag{component(row[0]), minor, row[1]}] = flagLimit{row[3], strings.Fields(row[4])}
		}
	}
	return limits
})

// limitProblem says why a component would not start with a value that has the
// form of its flag, or nothing.
func limitProblem(of component, minor, name, value string) string {
	limit, limited := flagLimits()[limitedFlag{of, minor, name}]
	if !limited {
		return ""
	}
	why := ""
	switch limit.rule {
	case "one":
		why = notOneOf(value, limit.values)
	case "each":
		why = notEachOf(value, limit.values)
	case "range":
		why = outside(value, limit.values[0])
	case "apis":
		why = runtimeConfigProblem(value, minor, limit.values)
	case "signals":
		why = signalsProblem(name, value)
	case "resources":
		why = reservationProblem(value)
	}
	if why == "" {
		return ""
	}
	return fmt.Sprintf("--%s: %s, and the %s of Kubernetes %s would not start", name, why, of, minor)
}

func notOneOf(value string, known []string) string {
	if value == "" || slices.Contains(known, value) {
		return ""
	}
	return fmt.Sprintf("%q is none of %s", value, strings.Join(known, ", "))
}

func notEachOf(value string, known []string) string {
	var unknown []string
	for _, element := range listed(value) {
		if slices.Contains(known, element) {
			continue
		}
		text := strconv.Quote(element)
		if near := closest(element, known); near != "" {
			text += fmt.Sprintf(" (did you mean %q?)", near)
		}
		unknown = append(unknown, text)
	}
	switch len(unknown) {
	case 0:
		return ""
	case 1:
		return unknown[0] + " is unknown"
	}
	return strings.Join(unknown, ", ") + " are unknown"
}

// outside says that a number or a duration is out of a range such as "0..65535",
// "1ms..1s" or "0..".
func outside(value, bounds string) string {
	from, to, _ := strings.Cut(bounds, "..")
	n, ok := measure(value)
	if !ok {
		return "" // its form's own fault says it
	}
	low, _ := measure(from)
	high, limited := measure(to)
	switch {
	case n < low && !limited:
		return fmt.Sprintf("%s is less than %s", value, from)
	case n < low || limited && n > high:
		return fmt.Sprintf("%s is not between %s and %s", value, from, to)
	}
	return ""
}

// measure reads a number or a duration, in seconds.
func measure(text string) (float64, bool) {
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return float64(n), true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n, true
	}
	d, err := time.ParseDuration(text)
	return d.Seconds(), err == nil
}

// What the kubelet can run short of, and what can be kept for the system:
// https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
var (
	evictionSignals = []string{
		"allocatableMemory.available", "containerfs.available", "containerfs.inodesFree", "imagefs.available", "imagefs.inodesFree",
		"memory.available", "nodefs.available", "nodefs.inodesFree", "pid.available",
	}
	reservable = []string{"cpu", "ephemeral-storage", "memory", "pid"}
)

// signalsProblem judges thresholds of eviction, their grace periods and what is
// to be reclaimed.
func signalsProblem(flag, value string) string {
	separator, fits, example := "<", fitsThreshold, "memory.available<100Mi"
	switch flag {
	case "eviction-soft-grace-period":
		separator, fits, example = "=", fitsGracePeriod, "memory.available=1m30s"
	case "eviction-minimum-reclaim":
		separator, example = "=", "memory.available=100Mi"
	}
	for _, element := range listed(value) {
		signal, amount, found := strings.Cut(element, separator)
		switch {
		case !found:
			return fmt.Sprintf("%q is no signal with its value, such as %q", element, example)
		case !slices.Contains(evictionSignals, signal):
			return fmt.Sprintf("%q is no signal of eviction%s", signal, suggestion(signal, evictionSignals))
		case !fits(amount):
			return fmt.Sprintf("%q is no value for %s", amount, signal)
		}
	}
	return ""
}

func suggestion(word string, known []string) string {
	if near := closest(word, known); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// fitsThreshold wants a quantity above nothing, or a percentage.
func fitsThreshold(value string) bool {
	if percent, ok := strings.CutSuffix(value, "%"); ok {
		n, err := strconv.ParseFloat(percent, 32)
		return err == nil && n >= 0 && n <= 100
	}
	quantity, err := resource.ParseQuantity(value)
	return err == nil && quantity.Sign() > 0
}

func fitsGracePeriod(value string) bool {
	d, err := time.ParseDuration(value)
	return err == nil && d >= 0
}

// reservationProblem judges what is kept for the system or for Kubernetes.
func reservationProblem(value string) string {
	for _, element := range listed(value) {
		name, amount, _ := strings.Cut(element, "=")
		quantity, err := resource.ParseQuantity(amount)
		switch {
		case !slices.Contains(reservable, name):
			return fmt.Sprintf("%q cannot be kept back, only %s", name, strings.Join(reservable, ", "))
		case err != nil || quantity.Sign() < 0:
			return fmt.Sprintf("%q is no quantity of %s", amount, name)
		}
	}
	return ""
}
