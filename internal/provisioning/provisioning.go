// Package provisioning knows the states in which Azure has machines, and what to do
// about those that failed.
package provisioning

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// The types that have a bootstrap.
const (
	machineType   = "azure-native:compute:VirtualMachine"
	extensionType = "azure-native:compute:VirtualMachineExtension"
	scaleSetType  = "azure-native:compute:VirtualMachineScaleSet"
)

// brokenState is how [Broken] begins.
const brokenState = "Azure has it in provisioning state"

// Broken says in which state a machine, an extension or a scale set is that it cannot
// be left in, or nothing. Azure's provider reads such a resource without an error:
// what failed looks well in a state after a refresh. Updating is no fault: a scale
// set is in that state whenever an autoscaler works on it.
// https://learn.microsoft.com/azure/virtual-machines/states-billing#provisioning-states
func Broken(typ string, outputs map[string]any) string {
	switch typ {
	case machineType, extensionType, scaleSetType:
	default:
		return ""
	}
	switch state, _ := outputs["provisioningState"].(string); state {
	case "Failed", "Canceled", "Creating":
		return brokenState + " " + state
	default:
		return ""
	}
}

// resource is what a stack's state says of one, as far as it is asked for here.
type resource struct {
	URN    string `json:"urn"`
	Inputs struct {
		Group    string `json:"resourceGroupName"`
		ScaleSet string `json:"vmScaleSetName"`
		Machine  string `json:"vmName"`
	} `json:"inputs"`
}

// exported are the resources of a stack's state.
func exported(export []byte) ([]resource, error) {
	var d struct {
		Deployment struct {
			Resources []resource `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(export, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return d.Deployment.Resources, nil
}

// Set is a scale set of which instances failed.
type Set struct {
	Group, Name string
	// Instances are the numbers of those that Azure named, sorted.
	Instances []string
}

// instance is how Azure names an instance of a scale set in its messages: the set's
// name, and the number.
var instance = regexp.MustCompile(`VM '([^'\s]+)_(\d+)'`)

// FailedSets finds the scale sets among an operation's complaints, by the names that
// the state has for them.
func FailedSets(diagnostics []engine.Diagnostic, export []byte) ([]Set, error) {
	resources, err := exported(export)
	if err != nil {
		return nil, err
	}
	sets := map[string]*Set{}
	for _, r := range resources {
		if r.Inputs.ScaleSet != "" {
			sets[r.URN] = &Set{Group: r.Inputs.Group, Name: r.Inputs.ScaleSet}
		}
	}
	failed := map[string]Set{}
	for _, diagnostic := range diagnostics {
		set := sets[diagnostic.URN]
		if diagnostic.Type != scaleSetType || set == nil || !concernsInstances(diagnostic.Message) {
			continue
		}
		for _, m := range instance.FindAllStringSubmatch(diagnostic.Message, -1) {
			if strings.EqualFold(m[1], set.Name) && !slices.Contains(set.Instances, m[2]) {
				set.Instances = append(set.Instances, m[2])
			}
		}
		slices.Sort(set.Instances)
		failed[diagnostic.URN] = *set
	}
	var all []Set
	for _, urn := range slices.Sorted(maps.Keys(failed)) {
		all = append(all, failed[urn])
	}
	return all, nil
}

// ConcernsSets says whether instances of scale sets are among the complaints, before
// the state is asked for.
func ConcernsSets(diagnostics []engine.Diagnostic) bool {
	return slices.ContainsFunc(diagnostics, func(d engine.Diagnostic) bool {
		return d.Type == scaleSetType && concernsInstances(d.Message)
	})
}

// concernsInstances tells failures that stay until something is done about the
// instances from those that the next up tries again.
func concernsInstances(message string) bool {
	return strings.Contains(message, "VMExtension") || strings.Contains(message, "provisioning state Failed")
}

// Advice says how a scale set is mended. Azure does not run an instance's extension
// again, and answers each change of the set with the old failure:
// https://github.com/Azure/azure-cli/issues/33307
func (s Set) Advice() string {
	where := fmt.Sprintf("--resource-group %s --name %s", s.Group, s.Name)
	var b strings.Builder
	fmt.Fprintf(&b, "Scale set %s stays failed until its failed instances are made anew or deleted.", s.Name)
	numbers := strings.Join(s.Instances, " ")
	if numbers == "" {
		fmt.Fprintf(&b, "\n  see which they are:\n    az vmss list-instances %s --expand instanceView --query "+
			`"[].{number:instanceId, computer:osProfile.computerName, extensions:instanceView.extensions[].statuses[].code}" --output jsonc`, where)
		numbers = "NUMBER"
	}
	fmt.Fprintf(&b, "\n  make them anew:\n    az vmss reimage %s --instance-ids %s", where, numbers)
	fmt.Fprintf(&b, "\n  or delete them, and the next up makes others:\n    az vmss delete-instances %s --instance-ids %s", where, numbers)
	b.WriteString("\nThen run the same up again.")
	return b.String()
}

// Rehearsed is Advice where there is no Azure to give commands to.
func (s Set) Rehearsed() string {
	return fmt.Sprintf("Scale set %s stays failed until its failed instances are made anew or deleted. In a rehearsal: take the pool out of the "+
		"definition, run up, put it back and run up again.", s.Name)
}
