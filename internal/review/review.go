// Package review turns a preview into what a reviewer reads in a pull request:
// first the verdict, then each resource, what hurts most first. It is one model,
// written as Markdown, as text or as JSON.
package review

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

// SchemaVersion is that of the JSON document. It changes when a field changes its
// meaning or goes.
const SchemaVersion = 1

// The outcomes of a preview.
const (
	// Previewed: what up would do is known.
	Previewed = "previewed"
	// Refused: a running cluster cannot follow the change, and up would refuse it.
	Refused = "refused"
	// Invalid: the definition has faults, and up would refuse it.
	Invalid = "invalid"
	// Failed: the preview itself failed, so that what it shows may be incomplete.
	Failed = "failed"
)

// Review is a preview as it is read.
type Review struct {
	SchemaVersion int    `json:"schemaVersion"`
	Stack         string `json:"stack"`
	// Exists is false where there was nothing to compare with, so that all is new.
	Exists bool `json:"exists"`
	// Against says what the definition was compared with.
	Against Against `json:"against"`
	// Outcome is previewed, refused, invalid or failed.
	Outcome string  `json:"outcome"`
	Verdict Verdict `json:"verdict"`
	// Changes counts resources by operation, as the engine does.
	Changes map[string]int `json:"changes"`
	// Pools are the control plane and the pools that change, in that order.
	Pools []Pool `json:"pools,omitempty"`
	// Steps are the resources that change, what hurts most first.
	Steps []Step `json:"steps"`
	// Settings are the changes of the definition and of what stands beside it.
	Settings []report.PropertyChange `json:"settings,omitempty"`
	// Secrets are the paths of secret values of the definition that change. The
	// values themselves are nowhere in a review.
	Secrets []string `json:"secrets,omitempty"`
	// FirstBoot are the changes of what new machines run.
	FirstBoot []FirstBoot `json:"firstBoot,omitempty"`
	// Before and After are the clusters; nil where there is none or it is unknown.
	Before *apimodel.Summary `json:"before,omitempty"`
	After  *apimodel.Summary `json:"after,omitempty"`
	// Cost is nil without prices.
	Cost *Cost `json:"cost,omitempty"`
	// Faults are what makes up refuse the definition.
	Faults apimodel.Faults `json:"faults,omitempty"`
	// Warnings are of the definition, and no reason to refuse it.
	Warnings apimodel.Faults `json:"warnings,omitempty"`
	// Diagnostics are the errors of a preview that failed.
	Diagnostics []engine.Diagnostic `json:"diagnostics,omitempty"`
	// Notes are what a reader should know about the comparison.
	Notes []string `json:"notes,omitempty"`
	// Guards are the conditions of the caller that the change breaks.
	Guards []Broken `json:"guards,omitempty"`
}

// Against is what a definition was compared with.
type Against struct {
	// Kind is base, base-state or live.
	Kind string `json:"kind"`
	// Ref is the commit as it was asked for, Commit its full hash; both are of git.
	Ref    string `json:"ref,omitempty"`
	Commit string `json:"commit,omitempty"`
	// File is the exported state.
	File string `json:"file,omitempty"`
}

// The kinds of comparison.
const (
	AgainstBase  = "base"
	AgainstState = "base-state"
	AgainstLive  = "live"
)

// Step is what happens to one resource.
type Step struct {
	report.Step
	// Part is the part of the cluster that the resource belongs to, for example
	// "control plane" or "pool windowspool2".
	Part string `json:"part"`
	// Why says what forces a replacement: the properties, or that something that
	// it depends on is replaced.
	Why []string `json:"why,omitempty"`
}

// Cost is an estimate before and after.
type Cost struct {
	Before *CostOf `json:"before,omitempty"`
	After  *CostOf `json:"after,omitempty"`
	// Source says where the prices are from, and Date of when they are.
	Source string `json:"source"`
	Date   string `json:"date,omitempty"`
	// Days is how many days old they are, where that is known.
	Days int `json:"days,omitempty"`
}

// CostOf is what machines cost, without discounts.
type CostOf struct {
	Currency string `json:"currency"`
	// PerHour and PerMonth are of the machines whose price is known. A month has
	// 730 hours.
	PerHour  float64 `json:"perHour"`
	PerMonth float64 `json:"perMonth"`
	// Unknown are the machines without a price, for example
	// "windowspool2 (2 x Standard_D2s_v5, windows)".
	Unknown []string `json:"unknown,omitempty"`
}
