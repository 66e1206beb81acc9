package bootstrap

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// hostPathMount is something of the master that a static pod sees.
// https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/#kubeadm-k8s-io-v1beta4-HostPathMount
type hostPathMount struct {
	Name      string `yaml:"name"`
	HostPath  string `yaml:"hostPath"`
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
	PathType  string `yaml:"pathType"`
}

// auditLogFlag names a file that the API server writes.
const auditLogFlag = "audit-log-path"

// volumes are what a component of the control plane must see of its master, beside
// what kubeadm gives it: the definition's files that its flags name, those that
// these name in turn, and where it writes its audit log. A static pod sees nothing
// else of the machine, and a component does not start without a file that a flag of
// its names.
func volumes(args map[string]string, files []NodeFile) []hostPathMount {
	var named []string
	for _, value := range args {
		named = append(named, paths(value)...)
	}
	var mounts []hostPathMount
	seen := map[string]bool{}
	for len(named) > 0 {
		var next []string
		for _, f := range files {
			if seen[f.Path] || !slices.ContainsFunc(named, func(p string) bool { return p == f.Path || strings.HasPrefix(f.Path, p+"/") }) {
				continue
			}
			seen[f.Path] = true
			mounts = append(mounts, hostPathMount{HostPath: f.Path, MountPath: f.Path, ReadOnly: true, PathType: "File"})
			for _, other := range files {
				if strings.Contains(f.Content, other.Path) {
					next = append(next, other.Path)
				}
			}
		}
		named = next
	}
	if log := path.Clean(args[auditLogFlag]); path.IsAbs(log) && path.Dir(log) != "/" {
		mounts = append(mounts, hostPathMount{HostPath: path.Dir(log), MountPath: path.Dir(log), PathType: "DirectoryOrCreate"})
	}
	slices.SortFunc(mounts, func(a, b hostPathMount) int { return cmp.Compare(a.HostPath, b.HostPath) })
	for i := range mounts {
		mounts[i].Name = fmt.Sprintf("definition-%d", i)
	}
	return mounts
}

// paths are the absolute paths in a flag's value. Some flags name several, such as
// a certificate, its key and the names that it is for.
func paths(value string) []string {
	var list []string
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",:=", r) }) {
		if path.IsAbs(word) && path.Clean(word) != "/" {
			list = append(list, path.Clean(word))
		}
	}
	return list
}

// kernelDefaults are kernel parameters without which a kubelet with
// --protect-kernel-defaults ends. Without the flag it sets them itself:
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/cm/container_manager_linux.go
var kernelDefaults = map[string]string{
	"vm.overcommit_memory": "1", "vm.panic_on_oom": "0", "kernel.panic": "10", "kernel.panic_on_oops": "1",
	"kernel.keys.root_maxkeys": "1000000", "kernel.keys.root_maxbytes": "25000000",
}

// nodeSysctls are the bootstrap's own kernel parameters of a node.
func nodeSysctls(n Node) string {
	var list strings.Builder
	list.WriteString(sysctls)
	if protects, _ := strconv.ParseBool(n.KubeletArgs["protect-kernel-defaults"]); protects {
		for _, name := range slices.Sorted(maps.Keys(kernelDefaults)) {
			list.WriteString(name + " = " + kernelDefaults[name] + "\n")
		}
	}
	return list.String()
}
