//go:build linux

package cri

import (
	"context"
	"maps"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is a pod, which has nothing of its own here but its name.
type sandbox struct {
	id      string
	config  *runtime.PodSandboxConfig
	created int64
	state   runtime.PodSandboxState
}

// RunPodSandbox refuses a pod that needs a network of its own.
func (r *Runtime) RunPodSandbox(_ context.Context, q *runtime.RunPodSandboxRequest) (*runtime.RunPodSandboxResponse, error) {
	config := q.GetConfig()
	if config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() != runtime.NamespaceMode_NODE {
		return nil, status.Errorf(codes.FailedPrecondition, "pod %s needs a network of its own, and there is no CNI", config.GetMetadata().GetName())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &sandbox{id: r.id(), config: config, created: now(), state: runtime.PodSandboxState_SANDBOX_READY}
	r.sandboxes[s.id] = s
	return &runtime.RunPodSandboxResponse{PodSandboxId: s.id}, nil
}

// StopPodSandbox ends a pod's containers.
func (r *Runtime) StopPodSandbox(_ context.Context, q *runtime.StopPodSandboxRequest) (*runtime.StopPodSandboxResponse, error) {
	for _, c := range r.of(q.GetPodSandboxId()) {
		c.stop(0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sandboxes[q.GetPodSandboxId()]; s != nil {
		s.state = runtime.PodSandboxState_SANDBOX_NOTREADY
	}
	return &runtime.StopPodSandboxResponse{}, nil
}

// RemovePodSandbox forgets a pod and its containers.
func (r *Runtime) RemovePodSandbox(_ context.Context, q *runtime.RemovePodSandboxRequest) (*runtime.RemovePodSandboxResponse, error) {
	id := q.GetPodSandboxId()
	for _, c := range r.of(id) {
		c.stop(0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.containers, func(_ string, c *container) bool { return c.sandbox == id })
	delete(r.sandboxes, id)
	return &runtime.RemovePodSandboxResponse{}, nil
}

// PodSandboxStatus tells of one pod.
func (r *Runtime) PodSandboxStatus(_ context.Context, q *runtime.PodSandboxStatusRequest) (*runtime.PodSandboxStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[q.GetPodSandboxId()]
	if s == nil {
		return nil, status.Errorf(codes.NotFound, "no pod %s", q.GetPodSandboxId())
	}
	return &runtime.PodSandboxStatusResponse{Status: &runtime.PodSandboxStatus{
		Id: s.id, Metadata: s.config.GetMetadata(), State: s.state, CreatedAt: s.created,
		Labels: s.config.GetLabels(), Annotations: s.config.GetAnnotations(),
		Network: &runtime.PodSandboxNetworkStatus{},
		Linux: &runtime.LinuxPodSandboxStatus{Namespaces: &runtime.Namespace{
			Options: s.config.GetLinux().GetSecurityContext().GetNamespaceOptions(),
		}},
	}}, nil
}

// ListPodSandbox lists the pods that a filter lets through.
func (r *Runtime) ListPodSandbox(_ context.Context, q *runtime.ListPodSandboxRequest) (*runtime.ListPodSandboxResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*runtime.PodSandbox
	for _, s := range r.sandboxes {
		f := q.GetFilter()
		if f.GetId() != "" && f.GetId() != s.id || f.GetState() != nil && f.GetState().GetState() != s.state ||
			!selects(f.GetLabelSelector(), s.config.GetLabels()) {
			continue
		}
		list = append(list, &runtime.PodSandbox{
			Id: s.id, Metadata: s.config.GetMetadata(), State: s.state, CreatedAt: s.created,
			Labels: s.config.GetLabels(), Annotations: s.config.GetAnnotations(),
		})
	}
	return &runtime.ListPodSandboxResponse{Items: list}, nil
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}

// of returns a pod's containers.
func (r *Runtime) of(sandboxID string) []*container {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*container
	for _, c := range r.containers {
		if c.sandbox == sandboxID {
			list = append(list, c)
		}
	}
	return list
}

func (r *Runtime) killAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.containers {
		c.kill()
	}
}
