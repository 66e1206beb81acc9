package apimodel

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// fileFlags are flags of the control plane that name files to be read. A static pod
// sees no other file of its master than those that kubeadm gives it and those of
// customFiles that a flag names.
var fileFlags = map[component][]string{
	componentAPIServer: {
		"admission-control-config-file", "allow-metric-labels-manifest", "audit-policy-file", "audit-webhook-config-file",
		"authentication-config", "authentication-token-webhook-config-file", "authorization-policy-file", "authorization-webhook-config-file",
		"egress-selector-config-file", "encryption-provider-config", "kubelet-certificate-authority", "oidc-ca-file", "peer-ca-file",
		"tls-sni-cert-key", "token-auth-file", "tracing-config-file",
	},
	componentControllerManager: {
		"allow-metric-labels-manifest", "cloud-config", "cluster-signing-kube-apiserver-client-cert-file", "cluster-signing-kube-apiserver-client-key-file",
		"cluster-signing-kubelet-client-cert-file", "cluster-signing-kubelet-client-key-file", "cluster-signing-kubelet-serving-cert-file",
		"cluster-signing-kubelet-serving-key-file", "cluster-signing-legacy-unknown-cert-file", "cluster-signing-legacy-unknown-key-file",
		"leader-migration-config", "pv-recycler-pod-template-filepath-hostpath", "pv-recycler-pod-template-filepath-nfs", "tls-sni-cert-key",
	},
	componentScheduler: {"allow-metric-labels-manifest", "config", "tls-sni-cert-key"},
}

// seenDirs are what kubeadm lets a static pod see of its master:
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kubeadm/app/phases/controlplane/volumes.go
var seenDirs = map[component][]string{
	componentAPIServer:         {"/etc/kubernetes/pki/", "/etc/ssl/certs/", "/usr/share/ca-certificates/", "/usr/local/share/ca-certificates/"},
	componentControllerManager: {"/etc/kubernetes/pki/", "/etc/ssl/certs/", "/usr/share/ca-certificates/", "/usr/local/share/ca-certificates/"},
}

// flagFiles checks that the files which flags of the control plane name are there.
func (c *checker) flagFiles(where string, of component, config, reached map[string]string) {
	for _, flag := range fileFlags[of] {
		value, given := reached[flag]
		key, found := keyOf(config, flag)
		if !given || !found || value == "" {
			continue
		}
		for word := range strings.FieldsFuncSeq(strings.Split(value, ":")[0], func(r rune) bool { return r == ',' }) {
			switch {
			case !path.IsAbs(word):
				c.fault(mapPath(where, key), fmt.Sprintf("--%s: %q is no absolute path, and the %s would not start", flag, word, of), "write the file's path on the masters, and bring the file with customFiles of the masterProfile")
			case !c.brought(of, path.Clean(word)):
				c.fault(mapPath(where, key), fmt.Sprintf("--%s names the file %s, which nobody brings, and the %s would not start", flag, word, of),
					fmt.Sprintf("bring it with customFiles of the masterProfile, with %q as dest", word))
			}
		}
	}
}

// brought tells whether a component will see a file.
func (c *checker) brought(of component, file string) bool {
	if slices.ContainsFunc(seenDirs[of], func(dir string) bool { return strings.HasPrefix(file, dir) }) {
		return true
	}
	m := c.d.Properties.MasterProfile
	return m != nil && slices.ContainsFunc(m.CustomFiles, func(f CustomFile) bool { return f.Dest == file })
}

// controlPlaneFlags checks the flags of a component of the control plane beside each
// other and beside the files of the definition.
func (c *checker) controlPlaneFlags(key string, of component, config, reached map[string]string) {
	where := pathKubernetes + "." + key
	c.componentFlags(where, of, Linux, config)
	c.flagsTogether(where, of, config, reached)
	c.flagFiles(where, of, config, reached)
}

// kernelDefaults are kernel parameters that a kubelet with --protect-kernel-defaults
// holds to these values. The bootstrap sets them.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/cm/container_manager_linux.go
var kernelDefaults = map[string]string{
	"vm.overcommit_memory": "1", "vm.panic_on_oom": "0", "kernel.panic": "10", "kernel.panic_on_oops": "1",
	"kernel.keys.root_maxkeys": "1000000", "kernel.keys.root_maxbytes": "25000000",
}

// protectedKernel refuses kernel parameters of a profile that its kubelet would not
// start with.
func (c *checker) protectedKernel(at string, m *MachineProfile, flags map[string]string) {
	if protects, _ := strconv.ParseBool(flags["protect-kernel-defaults"]); !protects {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m.SysctldConfig)) {
		want, held := kernelDefaults[strings.ReplaceAll(name, "/", ".")]
		if value := m.SysctldConfig[name]; held && strings.TrimSpace(value) != want {
			c.fault(mapPath(at+".sysctldConfig", name), fmt.Sprintf("is %q, and a kubelet with --protect-kernel-defaults starts only with %s", value, want), "remove the one or the other")
		}
	}
}
