// Package boot holds the suite that boots clusters from nothing but the custom
// data that `hybridctl up` declares, with the real programs of Kubernetes.
//
// Each machine of a definition gets a root directory, a network card and
// processes of its own in Linux namespaces. Its documents are applied as
// cloud-init would apply them, and its script runs as it stands: real kubeadm,
// kubelet, kubectl, etcd, API server, controller manager and scheduler. What is
// stood in for is listed in internal/machine.
//
// The suite has a build tag of its own and needs root on Linux:
//
//	go test -tags e2e -timeout 45m -v ./e2e/boot
package boot
