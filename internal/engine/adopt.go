package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// azureExists is how the azure-native provider refuses to create what is there,
// with the resource's id:
// https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/azure/client_azcore.go
//
// kubernetesExists is how the Kubernetes API server and Helm do. The id follows
// from the object's name.
var (
	azureExists      = regexp.MustCompile(`cannot create already existing (?:sub)?resource ['"]([^'"]+)['"]`)
	kubernetesExists = regexp.MustCompile(`already exists|cannot re-use a name that is still in use`)
)

// existing returns the ids of the pending resources that turned out to exist.
func existing(diags []Diagnostic, pending map[string]resourceState) map[string]string {
	ids := map[string]string{}
	for _, d := range diags {
		state, isPending := pending[d.URN]
		if !isPending {
			continue
		}
		if m := azureExists.FindStringSubmatch(d.Message); m != nil {
			ids[d.URN] = m[1]
		} else if strings.HasPrefix(d.Type, "kubernetes:") && kubernetesExists.MatchString(d.Message) {
			if id := state.kubernetesID(); id != "" {
				ids[d.URN] = id
			}
		}
	}
	return ids
}

// kubernetesID is the id that the Kubernetes provider gives an object or a
// Helm release: "namespace/name", or "name" where there is no namespace.
func (r resourceState) kubernetesID() string {
	var inputs struct {
		Name, Namespace string
		Metadata        struct{ Name, Namespace string }
	}
	if json.Unmarshal(r["inputs"], &inputs) != nil {
		return ""
	}
	name := cmp.Or(inputs.Metadata.Name, inputs.Name)
	namespace := cmp.Or(inputs.Metadata.Namespace, inputs.Namespace)
	if name == "" || namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// adopt takes resources that exist into the state, as what their pending
// creation was for, and lets the cloud fill in the rest. The engine has a flag
// for it, --import-pending-creates, but with that one (3.258) the resources
// vanish from the state together with the pending operation.
func (s *Stack) adopt(ctx context.Context, ids map[string]string, pending map[string]resourceState) error {
	raw, err := s.Export(ctx, false)
	if err != nil {
		return err
	}
	edited, err := settle(raw, ids, pending)
	if err != nil {
		return err
	}
	if _, err := s.cliInput(ctx, "repair", string(edited), "stack", "import", "--stack", s.name); err != nil {
		return err
	}
	args := []string{
		"refresh", "--yes", "--skip-preview", "--color", "never", "--suppress-outputs",
		"--run-program=false", "--stack", s.name,
	}
	for _, urn := range slices.Sorted(maps.Keys(ids)) {
		_, name := Describe(urn)
		s.say("%s was created all the same. Taking it over.", name)
		args = append(args, "--target", urn)
	}
	_, err = s.cli(ctx, "refresh", args...)
	return err
}

// settle puts resources that exist into the state, with their ids. Everything
// else stays as it is, but pending operations: importing a state drops those.
func settle(raw []byte, ids map[string]string, pending map[string]resourceState) ([]byte, error) {
	var state struct {
		Version    json.RawMessage            `json:"version"`
		Deployment map[string]json.RawMessage `json:"deployment"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	var resources []json.RawMessage
	if part, ok := state.Deployment["resources"]; ok {
		if err := json.Unmarshal(part, &resources); err != nil {
			return nil, fmt.Errorf("reading the resources of the stack's state: %w", err)
		}
	}
	for _, urn := range slices.Sorted(maps.Keys(ids)) {
		taken := maps.Clone(pending[urn])
		id, err := json.Marshal(ids[urn])
		if err != nil {
			return nil, fmt.Errorf("taking over %s: %w", urn, err)
		}
		taken["id"] = id
		entry, err := json.Marshal(taken)
		if err != nil {
			return nil, fmt.Errorf("taking over %s: %w", urn, err)
		}
		resources = append(resources, entry)
	}
	edited, err := json.Marshal(resources)
	if err != nil {
		return nil, fmt.Errorf("writing the stack's state: %w", err)
	}
	state.Deployment["resources"] = edited
	delete(state.Deployment, "pending_operations")
	return json.Marshal(state)
}
