// Package guest is what runs inside the emulated virtual machines: cloud-init or PowerShell, and kubeadm.
//
// [Read] turns custom data into a plan without secrets. [Advance] carries plans out as far as the world allows: a
// control plane comes up, a node joins one that it can reach and that knows its token. Both are functions of the
// world alone, so it does not matter in which process, or after which Azure operation, they run.
package guest
