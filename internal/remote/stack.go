package remote

import (
	"errors"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/state"
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

const componentType = "hybridcluster:index:HybridCluster"

// ErrNoCluster says that a state has no cluster in it, or one that had not got far.
var ErrNoCluster = errors.New("the stack's state does not say how to reach a cluster")

// FromState reads the values out of a stack's exported state with its secrets in
// clear. Other than a stack's outputs they are there after an up that failed.
func FromState(export []byte) (Values, error) {
	resources, err := state.Resources(export)
	if err != nil {
		return nil, err
	}
	for _, r := range resources {
		if r.Type == componentType && r.Outputs[ValueSSH] != nil {
			values, _ := state.Reveal(r.Outputs).(map[string]any)
			return values, nil
		}
	}
	return nil, ErrNoCluster
}
