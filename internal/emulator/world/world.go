// Package world is what an emulated Azure subscription and the clusters in it look like at one moment,
// and the file that keeps it between commands.
//
// The world holds no secret in clear. What Azure itself does not give back (custom data, passwords,
// protected settings) and what kubeadm keeps to itself (bootstrap tokens) is stored as [Digest].
package world

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// FormatVersion is the version of the file that this package reads and writes.
const FormatVersion = 1

// World is everything that exists. The maps are never nil when a [Store] hands it out.
type World struct {
	Version int `json:"version"`
	// Sequence counts what was made; see [World.Next].
	Sequence uint64 `json:"sequence"`
	// Resources are Azure's, by [Key] of their ARM id.
	Resources map[string]*Resource `json:"resources"`
	// Clusters are the Kubernetes clusters, by the lower-case name under which their API server is known,
	// usually its FQDN; by that and the virtual network's id, with @ between, if the name is a private one.
	Clusters map[string]*Cluster `json:"clusters"`
	// Guests are the operating systems of the virtual machines, by [Key] of the machine's ARM id.
	Guests map[string]*Guest `json:"guests"`
	// Made counts how often something was made under an id, by [Key]: what is made again is not the same.
	Made map[string]int `json:"made"`
	// Ahead is by how much the world's time is ahead of this machine's clock: who need not wait lets time pass.
	Ahead time.Duration `json:"ahead,omitempty"`
	// Now is the world's time, as of the change that is under way. It is not kept.
	Now time.Time `json:"-"`
}

// Next gives a number that this world has not given before, from 1.
func (w *World) Next() uint64 {
	w.Sequence++
	return w.Sequence
}

// Find gives the resource with the ARM id, in any case, or nil.
func (w *World) Find(id string) *Resource { return w.Resources[Key(id)] }

// Resource is one Azure resource.
type Resource struct {
	// ID is the ARM id in the case in which it was declared.
	ID string `json:"id"`
	// Type is ARM's, such as Microsoft.Network/virtualNetworks.
	Type string `json:"type"`
	Name string `json:"name"`
	// Inputs is what was declared, with secrets as [Digest].
	Inputs map[string]any `json:"inputs"`
	// Outputs is what Azure computed.
	Outputs map[string]any `json:"outputs"`
	// Owner is empty for what was declared, or one of the Owner... constants.
	Owner string `json:"owner,omitempty"`
}

// OwnerCloudProvider marks resources made for Services of type LoadBalancer.
const OwnerCloudProvider = "cloud-provider"

// OwnerOutside marks what was there before any program ran.
const OwnerOutside = "outside"

// Clone copies the resource deeply.
func (r *Resource) Clone() *Resource {
	clone := *r
	clone.Inputs, clone.Outputs = tree.CloneMap(r.Inputs), tree.CloneMap(r.Outputs)
	return &clone
}

// Key is the form of an ARM id or host name that the world's maps use: Azure ignores case.
func Key(id string) string { return strings.ToLower(strings.TrimSuffix(id, "/")) }

// Digest is how the world remembers a secret: enough to compare, useless to use.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func newWorld() *World {
	w := &World{Version: FormatVersion}
	w.fill()
	return w
}

func (w *World) fill() {
	if w.Resources == nil {
		w.Resources = map[string]*Resource{}
	}
	if w.Clusters == nil {
		w.Clusters = map[string]*Cluster{}
	}
	if w.Guests == nil {
		w.Guests = map[string]*Guest{}
	}
	if w.Made == nil {
		w.Made = map[string]int{}
	}
}
