package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A component that does not see a file that its flags name does not start.
func TestFilesThatFlagsNameAreMounted(t *testing.T) {
	t.Parallel()
	files := []NodeFile{
		{Path: "/etc/motd", Content: "hello"},
		{Path: "/etc/kubernetes/audit/policy.yaml", Content: "kind: Policy"},
		{Path: "/etc/kubernetes/admission.yaml", Content: "plugins:\n- path: /etc/kubernetes/image-policy.yaml\n"},
		{Path: "/etc/kubernetes/image-policy.yaml", Content: "kubeConfigFile: /etc/kubernetes/webhook.conf"},
		{Path: "/etc/kubernetes/webhook.conf", Content: "kind: Config"},
		{Path: "/etc/tls/api.crt"}, {Path: "/etc/tls/api.key"},
		{Path: "/etc/plugins/a"},
	}
	file := func(path string) hostPathMount {
		return hostPathMount{HostPath: path, MountPath: path, ReadOnly: true, PathType: "File"}
	}
	for name, test := range map[string]struct {
		args map[string]string
		want []hostPathMount
	}{
		"none":               {map[string]string{"v": "2", "audit-policy-file": "/etc/kubernetes/pki/policy.yaml"}, nil},
		"a policy":           {map[string]string{"audit-policy-file": "/etc/kubernetes/audit/policy.yaml"}, []hostPathMount{file("/etc/kubernetes/audit/policy.yaml")}},
		"one names another":  {map[string]string{"admission-control-config-file": "/etc/kubernetes/admission.yaml"}, []hostPathMount{file("/etc/kubernetes/admission.yaml"), file("/etc/kubernetes/image-policy.yaml"), file("/etc/kubernetes/webhook.conf")}},
		"several in a value": {map[string]string{"tls-sni-cert-key": "/etc/tls/api.crt,/etc/tls/api.key:api.example.com"}, []hostPathMount{file("/etc/tls/api.crt"), file("/etc/tls/api.key")}},
		"a directory":        {map[string]string{"flex-volume-plugin-dir": "/etc/plugins/"}, []hostPathMount{file("/etc/plugins/a")}},
		"a log is written":   {map[string]string{"audit-log-path": "/var/log/kubeaudit/audit.log"}, []hostPathMount{{HostPath: "/var/log/kubeaudit", MountPath: "/var/log/kubeaudit", PathType: "DirectoryOrCreate"}}},
		"a log to stdout":    {map[string]string{"audit-log-path": "-"}, nil},
		"a part of a name":   {map[string]string{"config": "/etc/kube"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := volumes(test.args, files)
			for i := range got {
				require.Regexp(t, `^definition-[0-9]+$`, got[i].Name)
				got[i].Name = ""
			}
			require.Equal(t, test.want, got)
		})
	}
}

// A kubelet with --protect-kernel-defaults ends where these are otherwise.
func TestKernelDefaultsAreSetWhereTheKubeletAsksForThem(t *testing.T) {
	t.Parallel()
	plain := nodeSysctls(Node{KubeletArgs: map[string]string{"protect-kernel-defaults": "false"}})
	require.Equal(t, sysctls, plain)
	asked := nodeSysctls(Node{KubeletArgs: map[string]string{"protect-kernel-defaults": "true"}})
	for _, line := range []string{
		"vm.overcommit_memory = 1\n", "vm.panic_on_oom = 0\n", "kernel.panic = 10\n", "kernel.panic_on_oops = 1\n",
		"kernel.keys.root_maxkeys = 1000000\n", "kernel.keys.root_maxbytes = 25000000\n",
	} {
		require.Contains(t, asked, line)
	}
}
