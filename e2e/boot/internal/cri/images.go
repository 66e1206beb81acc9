//go:build linux

package cri

import (
	"context"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// tokenUser is whom Azure's registries take a token from:
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication
const tokenUser = "00000000-0000-0000-0000-000000000000"

// PullImage remembers an image. Every image can be pulled: what matters is
// which are asked for. Registries of Azure's want the token that the suite's
// credential provider gives for them.
func (r *Runtime) PullImage(_ context.Context, q *runtime.PullImageRequest) (*runtime.PullImageResponse, error) {
	host, _, _ := strings.Cut(q.GetImage().GetImage(), "/")
	if strings.HasSuffix(host, ".azurecr.io") && (q.GetAuth().GetUsername() != tokenUser || q.GetAuth().GetPassword() != "token of "+host) {
		return nil, status.Errorf(codes.Unknown, "failed to pull %s: unexpected status from HEAD request: 401 Unauthorized", q.GetImage().GetImage())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pulled(q.GetImage().GetImage())
	r.images[q.GetImage().GetImage()] = true
	return &runtime.PullImageResponse{ImageRef: q.GetImage().GetImage()}, nil
}

// ImageStatus tells of an image that has been pulled.
func (r *Runtime) ImageStatus(_ context.Context, q *runtime.ImageStatusRequest) (*runtime.ImageStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := q.GetImage().GetImage()
	if !r.images[name] {
		return &runtime.ImageStatusResponse{}, nil
	}
	return &runtime.ImageStatusResponse{Image: image(name)}, nil
}

// ListImages lists what has been pulled.
func (r *Runtime) ListImages(context.Context, *runtime.ListImagesRequest) (*runtime.ListImagesResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*runtime.Image
	for _, name := range slices.Sorted(maps.Keys(r.images)) {
		list = append(list, image(name))
	}
	return &runtime.ListImagesResponse{Images: list}, nil
}

// RemoveImage forgets an image.
func (r *Runtime) RemoveImage(_ context.Context, q *runtime.RemoveImageRequest) (*runtime.RemoveImageResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.images, q.GetImage().GetImage())
	return &runtime.RemoveImageResponse{}, nil
}

// ImageFsInfo names the machine's root directory.
func (r *Runtime) ImageFsInfo(context.Context, *runtime.ImageFsInfoRequest) (*runtime.ImageFsInfoResponse, error) {
	usage := &runtime.FilesystemUsage{
		Timestamp: now(), FsId: &runtime.FilesystemIdentifier{Mountpoint: "/"},
		UsedBytes: &runtime.UInt64Value{}, InodesUsed: &runtime.UInt64Value{},
	}
	return &runtime.ImageFsInfoResponse{
		ImageFilesystems: []*runtime.FilesystemUsage{usage}, ContainerFilesystems: []*runtime.FilesystemUsage{usage},
	}, nil
}

func image(name string) *runtime.Image {
	return &runtime.Image{
		Id: name, RepoTags: []string{name}, Size: 1, Spec: &runtime.ImageSpec{Image: name}, Uid: &runtime.Int64Value{},
	}
}
