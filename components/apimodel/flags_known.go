package apimodel

import "strings"

// A component is a Kubernetes program that a definition passes flags to.
type component string

const (
	kubelet           component = "kubelet"
	apiServer         component = "kube-apiserver"
	controllerManager component = "kube-controller-manager"
	scheduler         component = "kube-scheduler"
)

// knownFlag tells only what AKS Engine wrote and no release of ours takes, until
// there are tables of all flags: others pass for known.
func knownFlag(c component, _, name string) bool {
	_, dropped := droppedFlag(c, name)
	return !dropped
}

func knownFlagOn(c component, minor string, _ OSType, name string) bool {
	return knownFlag(c, minor, name)
}

func closestFlag(component, string, string) string { return "" }

func droppedFlag(c component, name string) (why string, ok bool) {
	if c != kubelet {
		return "", false
	}
	switch flagName(name) {
	case "network-plugin", "cni-bin-dir", "cni-conf-dir", "image-pull-progress-deadline", "non-masquerade-cidr", "dynamic-config-dir":
		return "it went with Docker, in release 1.24", true
	case "container-runtime":
		return "there is no other than containerd since release 1.27", true
	case "azure-container-registry-config", "cloud-config":
		return "the cloud provider is outside of Kubernetes", true
	}
	return "", false
}

func flagName(name string) string {
	return strings.ReplaceAll(strings.TrimLeft(name, "-"), "_", "-")
}

type gateState int

const (
	gateUnknown gateState = iota
	gateKnown
	gateLockedOn
	gateLockedOff
	gateRemovedGA
	gateRemovedOther
)

type gate struct {
	state gateState
	last  string
}

func gateOf(string, string) gate { return gate{state: gateKnown} }

func gateRows() map[string]bool { return nil }
