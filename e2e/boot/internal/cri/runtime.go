//go:build linux

// Package cri is a container runtime whose containers are processes. It
// speaks the CRI to a real kubelet and a real kubeadm, and runs the commands of
// static pods with programs that lie on the disk.
//
// A container has a root directory of its own, with the volumes that are mounted for
// it and the machine's programs in the place of an image, see contained.go. It has no
// network, no processes and no limits of its own, so the runtime takes only pods in
// the host's network.
package cri

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Runtime is the runtime and its image store.
type Runtime struct {
	runtime.UnimplementedRuntimeServiceServer
	runtime.UnimplementedImageServiceServer
	programs string
	starter  string
	pulled   func(image string)

	mu         sync.Mutex
	count      int
	sandboxes  map[string]*sandbox
	containers map[string]*container
	images     map[string]bool
}

// New returns a runtime. programs is the directory with a program for each image
// that can run: registry.k8s.io/etcd:1.2.3 runs programs/etcd. starter is a program
// that calls [Enter] under the name [Contained]. pulled is told of every image that is
// asked for.
func New(programs, starter string, pulled func(image string)) *Runtime {
	return &Runtime{
		programs: programs, starter: starter, pulled: pulled,
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, images: map[string]bool{},
	}
}

// Serve answers at a Unix socket until the context ends, and then ends all
// containers.
func (r *Runtime) Serve(ctx context.Context, socket string) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o750); err != nil {
		return fmt.Errorf("serve the container runtime: %w", err)
	}
	if err := os.RemoveAll(socket); err != nil {
		return fmt.Errorf("serve the container runtime: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("serve the container runtime: %w", err)
	}
	server := grpc.NewServer()
	runtime.RegisterRuntimeServiceServer(server, r)
	runtime.RegisterImageServiceServer(server, r)
	stop := context.AfterFunc(ctx, func() {
		server.Stop()
		r.killAll()
	})
	defer stop()
	return server.Serve(listener)
}

// id returns a name that is not used yet, of the form that others expect.
func (r *Runtime) id() string {
	r.count++
	return fmt.Sprintf("%064x", r.count)
}

// Version names a runtime that knows nothing of cgroups.
func (r *Runtime) Version(context.Context, *runtime.VersionRequest) (*runtime.VersionResponse, error) {
	return &runtime.VersionResponse{
		Version: "0.1.0", RuntimeName: "processes", RuntimeVersion: "2.0.0", RuntimeApiVersion: "v1",
	}, nil
}

// Status says that there is no network for pods yet, as on every node that has
// booted and got no CNI.
func (r *Runtime) Status(context.Context, *runtime.StatusRequest) (*runtime.StatusResponse, error) {
	return &runtime.StatusResponse{Status: &runtime.RuntimeStatus{Conditions: []*runtime.RuntimeCondition{
		{Type: runtime.RuntimeReady, Status: true},
		{Type: runtime.NetworkReady, Reason: "NetworkPluginNotReady", Message: "there is no CNI"},
	}}}, nil
}

// RuntimeConfig keeps the kubelet from asking systemd for cgroups.
func (r *Runtime) RuntimeConfig(context.Context, *runtime.RuntimeConfigRequest) (*runtime.RuntimeConfigResponse, error) {
	return &runtime.RuntimeConfigResponse{Linux: &runtime.LinuxRuntimeConfiguration{CgroupDriver: runtime.CgroupDriver_CGROUPFS}}, nil
}

// UpdateRuntimeConfig takes the pods' addresses and does nothing with them.
func (r *Runtime) UpdateRuntimeConfig(context.Context, *runtime.UpdateRuntimeConfigRequest) (*runtime.UpdateRuntimeConfigResponse, error) {
	return &runtime.UpdateRuntimeConfigResponse{}, nil
}

// program is the program that an image runs, and whether there is one.
func (r *Runtime) program(image string) (string, bool) {
	name := image[strings.LastIndex(image, "/")+1:]
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	path := filepath.Join(r.programs, name)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

func now() int64 { return time.Now().UnixNano() }
