package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/hybridcluster/hybridcluster/internal/state"
)

const groupType = "azure-native:resources:ResourceGroup"

// lost returns resources that the cloud refuses to create since they are there,
// and that the state knows nothing of, with what they were declared as. When a
// provider dies in the middle of a creation, the engine takes that for a refusal
// and forgets the resource.
//
// Only what lies in a resource group of the stack's own counts: nobody else
// creates anything of the same name there. Kubernetes objects are those of the
// stack's own cluster. The group itself counts where owns says so.
func (s *Stack) lost(ctx context.Context, diags []Diagnostic, owns ownsGroup) (map[string]string, map[string]resourceState, error) {
	suspected := false
	for _, d := range diags {
		suspected = suspected || azureExists.MatchString(d.Message) || kubernetesExists.MatchString(d.Message)
	}
	if !suspected {
		return nil, nil, nil
	}
	raw, err := s.Export(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	groups, err := OwnGroups(raw)
	if err != nil || len(groups) == 0 && (owns == nil || existingGroup(diags) == "") {
		return nil, nil, err
	}
	declared, err := s.declared(ctx)
	if err != nil {
		return nil, nil, err
	}
	ids := existing(diags, declared)
	for urn, id := range ids {
		ours := !strings.HasPrefix(id, "/") || under(groups, id)
		if len(groups) == 0 {
			if ours, err = owns.declared(ctx, declared[urn]); err != nil {
				return nil, nil, err
			}
		}
		if !ours {
			delete(ids, urn)
		}
	}
	return ids, declared, nil
}

// ownsGroup is what [RunOptions] say of it.
type ownsGroup func(ctx context.Context, name string, tags map[string]string) (bool, error)

// declared asks of a resource that is declared so; one that is no group is not
// owned.
func (owns ownsGroup) declared(ctx context.Context, r resourceState) (bool, error) {
	var inputs struct {
		Name string            `json:"resourceGroupName"`
		Tags map[string]string `json:"tags"`
	}
	if string(r["type"]) != strconv.Quote(groupType) {
		return false, nil
	}
	if err := json.Unmarshal(r["inputs"], &inputs); err != nil {
		return false, fmt.Errorf("reading what the resource group is declared as: %w", err)
	}
	return owns(ctx, inputs.Name, inputs.Tags)
}

// existingGroup is the name of the resource group that could not be created since
// it is there, or "".
func existingGroup(diags []Diagnostic) string {
	for _, d := range diags {
		if m := azureExists.FindStringSubmatch(d.Message); m != nil && d.Type == groupType {
			return path.Base(m[1])
		}
	}
	return ""
}

func under(groups []string, id string) bool {
	for _, group := range groups {
		if strings.HasPrefix(strings.ToLower(id), strings.ToLower(group)+"/") {
			return true
		}
	}
	return false
}

// OwnGroups are the ids of the resource groups in an exported state: those that are
// the stack's, and go with it.
func OwnGroups(export []byte) ([]string, error) {
	resources, err := state.Resources(export)
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, r := range resources {
		if r.Type == groupType && r.ID != "" {
			groups = append(groups, r.ID)
		}
	}
	return groups, nil
}

// declared are the resources that the program would create, as they would stand
// in the state without their ids. It comes out of the engine's plan, in which
// secrets are encrypted as in the state.
func (s *Stack) declared(ctx context.Context) (map[string]resourceState, error) {
	dir, err := os.MkdirTemp("", "hybridctl-plan-")
	if err != nil {
		return nil, fmt.Errorf("making room for a plan: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "plan.json")
	_, err = s.run(ctx, "preview", RunOptions{}, func(c *collector) error {
		_, err := s.auto.Preview(ctx, optpreview.Plan(file), optpreview.EventStreams(c.stream),
			optpreview.Color("never"), optpreview.SuppressProgress(), optpreview.SuppressOutputs())
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the engine's plan: %w", err)
	}
	return readPlan(data)
}

func readPlan(data []byte) (map[string]resourceState, error) {
	var whole apitype.DeploymentPlanV1
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("reading the engine's plan: %w", err)
	}
	states := map[string]resourceState{}
	for urn, plan := range whole.ResourcePlans {
		if plan.Goal == nil || !plan.Goal.Custom || len(plan.Steps) == 0 || plan.Steps[0] != apitype.OpCreate {
			continue
		}
		entry, err := stateOf(string(urn), plan.Goal)
		if err != nil {
			return nil, err
		}
		if entry != nil {
			states[string(urn)] = entry
		}
	}
	return states, nil
}

// stateOf is a goal as the state has it. It is nil where something is not known
// yet: then the resource cannot have been created.
func stateOf(urn string, goal *apitype.GoalV1) (resourceState, error) {
	entry := resourceState{}
	for name, value := range map[string]any{
		"urn": urn, "custom": true, "type": goal.Type, "inputs": goal.InputDiff.Adds, "parent": goal.Parent, "provider": goal.Provider,
		"dependencies": goal.Dependencies, "propertyDependencies": goal.PropertyDependencies,
	} {
		data, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("reading the engine's plan of %s: %w", urn, err)
		}
		if bytes.Contains(data, []byte(plugin.UnknownStringValue)) {
			return nil, nil
		}
		entry[name] = data
	}
	return entry, nil
}
