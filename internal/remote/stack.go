package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
)

// The names of the values that a stack has. The component that is the cluster
// gives them under the same names as the stack does.
const (
	ValueSSH        = "ssh"
	ValueKubeconfig = "kubeconfig"
	ValuePrivateKey = "sshPrivateKey"
	ValuePublicKey  = "sshPublicKey"
)

// Values are those of a stack, by name; secrets are in clear.
type Values map[string]any

// Text is a value that is text; empty where there is none.
func (v Values) Text(name string) string {
	text, _ := v[name].(string)
	return text
}

// Cluster is where the machines of the stack are.
func (v Values) Cluster(stack string) (Cluster, error) {
	a, err := sshaccess.Read(v[ValueSSH])
	return Cluster{Stack: stack, Access: a, Addresses: map[string]string{}}, err
}

const (
	componentType = "hybridcluster:index:HybridCluster"
	// secretMark and secretValue are how Pulumi marks a secret in a state:
	// https://www.pulumi.com/docs/iac/concepts/secrets/
	secretMark  = "4dabf18193072939515e22adb298388d" //nolint:gosec // a mark, and no secret
	secretValue = "1b47061264138c4ac30d75fd1eb44270"
)

// ErrNoCluster says that a state has no cluster in it, or one that had not got far.
var ErrNoCluster = errors.New("the stack's state does not say how to reach a cluster")

// FromState reads the values out of a stack's exported state with its secrets in
// clear. Other than a stack's outputs they are there after an up that failed.
func FromState(state []byte) (Values, error) {
	var d struct {
		Deployment struct {
			Resources []struct {
				Type    string         `json:"type"`
				Outputs map[string]any `json:"outputs"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(state, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	for _, r := range d.Deployment.Resources {
		if r.Type == componentType && r.Outputs[ValueSSH] != nil {
			values, _ := unmarked(r.Outputs).(map[string]any)
			return values, nil
		}
	}
	return nil, ErrNoCluster
}

// unmarked takes the marks off secrets. One that is still encrypted is left out.
func unmarked(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v[secretMark] != secretValue {
			out := map[string]any{}
			for key, value := range v {
				out[key] = unmarked(value)
			}
			return out
		}
		var plain any
		text, _ := v["plaintext"].(string)
		if json.Unmarshal([]byte(text), &plain) != nil {
			return nil
		}
		return plain
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = unmarked(v[i])
		}
		return out
	}
	return v
}

// Secrets are all that an exported state with its secrets in clear marks as secret,
// as texts.
func Secrets(state []byte) ([]string, error) {
	var d any
	if err := json.Unmarshal(state, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	found := map[string]bool{}
	findSecrets(d, false, found)
	return slices.Sorted(maps.Keys(found)), nil
}

func findSecrets(v any, secret bool, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if v[secretMark] == secretValue {
			findSecrets(unmarked(v), true, found)
			return
		}
		for _, value := range v {
			findSecrets(value, secret, found)
		}
	case []any:
		for _, value := range v {
			findSecrets(value, secret, found)
		}
	case string:
		if secret {
			found[v] = true
		}
	}
}
