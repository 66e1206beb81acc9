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

// adopt takes resources that exist into the state, as what their pending creation
// was for. The engine has a flag for it, --import-pending-creates, but with that one
// (3.258) the resources vanish from the state together with the pending operation.
//
// They have no outputs yet, and a mark that they are not finished, so that the next
// up repeats what they were declared as. A read in place of it would do harm: Azure's
// provider takes all that it reads for inputs where it knows no outputs, and what
// differs from the program would be replaced. Kubernetes' reads objects well, and
// holds an update against outputs.
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
	targets := 0
	for _, urn := range slices.Sorted(maps.Keys(ids)) {
		typ, name := Describe(urn)
		s.say("%s was created all the same. Taking it over.", name)
		if isKubernetes(typ) {
			args, targets = append(args, "--target", urn), targets+1
		}
	}
	if targets == 0 {
		return nil
	}
	_, err = s.cli(ctx, "refresh", args...)
	return err
}

func isKubernetes(typ string) bool { return strings.HasPrefix(typ, "kubernetes:") }

// takenOver is the mark of a resource that was taken over, among its errors.
const takenOver = "the run that created it was cut off"

// settle puts resources that exist into the state, with their ids. Everything
// else stays as it is, but pending operations: importing a state drops those.
func settle(raw []byte, ids map[string]string, pending map[string]resourceState) ([]byte, error) {
	state, err := readDeployment(raw)
	if err != nil {
		return nil, err
	}
	for _, urn := range slices.Sorted(maps.Keys(ids)) {
		taken := maps.Clone(pending[urn])
		id, err := json.Marshal(ids[urn])
		if err != nil {
			return nil, fmt.Errorf("taking over %s: %w", urn, err)
		}
		taken["id"] = id
		if typ, _ := Describe(urn); !isKubernetes(typ) {
			if err := taken.mark(takenOver); err != nil {
				return nil, err
			}
		}
		state.resources = append(state.resources, taken)
	}
	delete(state.Deployment, "pending_operations")
	return state.write()
}
