//go:build linux

package cri

import (
	"context"
	"path/filepath"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// CreateContainer refuses what cannot be run faithfully as a process.
func (r *Runtime) CreateContainer(_ context.Context, q *runtime.CreateContainerRequest) (*runtime.CreateContainerResponse, error) {
	config := q.GetConfig()
	name := config.GetMetadata().GetName()
	program, ok := r.program(config.GetImage().GetImage())
	if !ok {
		return nil, status.Errorf(codes.FailedPrecondition, "container %s: this machine has no program of image %s", name, config.GetImage().GetImage())
	}
	command := append(append([]string{}, config.GetCommand()...), config.GetArgs()...)
	if len(command) == 0 || filepath.Base(command[0]) != filepath.Base(program) {
		return nil, status.Errorf(codes.FailedPrecondition, "container %s: the command is %q, and the image's program is %s", name, command, filepath.Base(program))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &container{
		id: r.id(), sandbox: q.GetPodSandboxId(), config: config, program: program, starter: r.starter, arguments: command[1:], created: now(),
		log: filepath.Join(q.GetSandboxConfig().GetLogDirectory(), config.GetLogPath()),
	}
	r.containers[c.id] = c
	return &runtime.CreateContainerResponse{ContainerId: c.id}, nil
}

// StartContainer starts the process.
func (r *Runtime) StartContainer(_ context.Context, q *runtime.StartContainerRequest) (*runtime.StartContainerResponse, error) {
	c, err := r.find(q.GetContainerId())
	if err != nil {
		return nil, err
	}
	if err := c.start(); err != nil {
		return nil, status.Errorf(codes.Internal, "start %s: %v", c.program, err)
	}
	return &runtime.StartContainerResponse{}, nil
}

// StopContainer ends the process within the given seconds.
func (r *Runtime) StopContainer(_ context.Context, q *runtime.StopContainerRequest) (*runtime.StopContainerResponse, error) {
	if c, err := r.find(q.GetContainerId()); err == nil {
		c.stop(q.GetTimeout())
	}
	return &runtime.StopContainerResponse{}, nil
}

// RemoveContainer forgets a container.
func (r *Runtime) RemoveContainer(_ context.Context, q *runtime.RemoveContainerRequest) (*runtime.RemoveContainerResponse, error) {
	if c, err := r.find(q.GetContainerId()); err == nil {
		c.stop(0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.containers, q.GetContainerId())
	return &runtime.RemoveContainerResponse{}, nil
}

// ContainerStatus tells of one container.
func (r *Runtime) ContainerStatus(_ context.Context, q *runtime.ContainerStatusRequest) (*runtime.ContainerStatusResponse, error) {
	c, err := r.find(q.GetContainerId())
	if err != nil {
		return nil, err
	}
	return &runtime.ContainerStatusResponse{Status: c.status()}, nil
}

// ListContainers lists the containers that a filter lets through.
func (r *Runtime) ListContainers(_ context.Context, q *runtime.ListContainersRequest) (*runtime.ListContainersResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*runtime.Container
	for _, c := range r.containers {
		s, f := c.status(), q.GetFilter()
		if f.GetId() != "" && f.GetId() != c.id || f.GetPodSandboxId() != "" && f.GetPodSandboxId() != c.sandbox ||
			f.GetState() != nil && f.GetState().GetState() != s.GetState() || !selects(f.GetLabelSelector(), c.config.GetLabels()) {
			continue
		}
		list = append(list, &runtime.Container{
			Id: c.id, PodSandboxId: c.sandbox, Metadata: s.GetMetadata(), Image: s.GetImage(), ImageRef: s.GetImageRef(),
			ImageId: s.GetImageRef(), State: s.GetState(), CreatedAt: c.created, Labels: s.GetLabels(), Annotations: s.GetAnnotations(),
		})
	}
	return &runtime.ListContainersResponse{Containers: list}, nil
}

// UpdateContainerResources does nothing: a process has no limits here.
func (r *Runtime) UpdateContainerResources(context.Context, *runtime.UpdateContainerResourcesRequest) (*runtime.UpdateContainerResourcesResponse, error) {
	return &runtime.UpdateContainerResourcesResponse{}, nil
}

func (r *Runtime) find(id string) (*container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.containers[id]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "no container %s", id)
}
