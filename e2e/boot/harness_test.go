//go:build e2e && linux

package boot

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/vnet"
)

// TestMachine is about the suite itself: that a machine is apart from its host,
// and does what it is told.
func TestMachine(t *testing.T) {
	t.Parallel()
	need(t)
	network, err := vnet.New(context.WithoutCancel(t.Context()), netip.MustParsePrefix("10.1.0.0/16"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, network.Close()) })
	publishers, err := network.Publish(map[string][]byte{"https://files.example.com/a/file": []byte("content\n")})
	require.NoError(t, err)
	start := func(t *testing.T, address, document string) *machine.Machine {
		t.Helper()
		m, err := machine.Start(t.Context(), machine.Spec{
			Name: "probe", CustomData: []byte(document), Programs: t.TempDir(), Authority: publishers.Authority, Environment: []string{"WORD=told"},
		}, func(pid int) (vnet.Card, error) {
			return network.Attach(t.Context(), pid, netip.MustParseAddr(address))
		})
		require.NoError(t, err)
		t.Cleanup(m.Kill)
		return m
	}
	t.Run("runs its document", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, time.Minute)
		m := start(t, "10.1.0.4", `#cloud-config
write_files:
  - {path: /etc/example/unit, owner: "root:root", permissions: "0640", content: "x"}
  - {path: /etc/systemd/system/sleeper.service, owner: "root:root", permissions: "0644", content: "[Service]\nExecStart=/bin/sleep 1000\n"}
runcmd:
  - [bash, -c, "hostname > /root/name; echo $WORD > /root/word; curl --fail --silent https://files.example.com/a/file > /root/file"]
  - [systemctl, enable, --now, sleeper]
`)
		require.NoError(t, m.Booted(ctx))
		for path, want := range map[string]string{"/root/name": "probe\n", "/root/word": "told\n", "/root/file": "content\n"} {
			got, err := m.Read(path)
			require.NoError(t, err)
			require.Equal(t, want, got, path)
			require.NoFileExists(t, path, "the host's file")
		}
		out, err := m.Run(ctx, "systemctl", "is-active", "sleeper")
		require.NoError(t, err, out)
		out, err = m.Run(ctx, "ps", "-e", "-o", "args=")
		require.NoError(t, err)
		require.Contains(t, out, "/bin/sleep 1000")
		require.NotContains(t, out, strings.Join(os.Args, " "), "the host's processes")
		require.Equal(t, []string{"https://files.example.com/a/file"}, publishers.Asked())
	})
	t.Run("says what failed", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, time.Minute)
		m := start(t, "10.1.0.5", "#cloud-config\nruncmd:\n  - [bash, -c, \"exit 3\"]\n")
		require.ErrorContains(t, m.Booted(ctx), "exit status 3")
		out, err := m.Run(ctx, "cloud-init", "status")
		require.Error(t, err)
		require.Contains(t, out, "status: error")
	})
	t.Run("starts what is enabled after its power was cut", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, time.Minute)
		m := start(t, "10.1.0.7", cutOff)
		eventually(t, time.Minute, func(context.Context) error {
			_, err := m.Read("/var/lib/hybridcluster/begun")
			return err
		})
		require.NoError(t, m.Restart(ctx))
		require.NoError(t, m.Booted(ctx))
		for path, want := range map[string]string{"/var/lib/hybridcluster/begun": "begun\nbegun\n", "/var/lib/etcddisk/kept": "kept\n"} {
			got, err := m.Read(path)
			require.NoError(t, err)
			require.Equal(t, want, got, path)
		}
		out, err := m.Run(ctx, "systemctl", "show", "--property=ActiveState", "--value", "job.service")
		require.NoError(t, err)
		require.Equal(t, "inactive\n", out)
		require.NoError(t, m.Restart(ctx))
		require.NoError(t, m.Booted(ctx))
		got, err := m.Read("/var/lib/hybridcluster/begun")
		require.NoError(t, err)
		require.Equal(t, "begun\nbegun\n", got, "its condition is not met any more")
	})
	t.Run("says that a unit failed", func(t *testing.T) {
		t.Parallel()
		m := start(t, "10.1.0.8", `#cloud-config
write_files:
  - {path: /etc/systemd/system/job.service, owner: "root:root", permissions: "0644", content: "[Service]\nType=exec\nExecStart=/bin/bash -c 'exit 3'\n"}
runcmd:
  - [systemctl, enable, --now, --no-block, job.service]
`)
		require.ErrorContains(t, m.Booted(within(t, time.Minute)), "unit job.service: exit status 3")
	})
	t.Run("shows a container what is mounted, and nothing else of itself", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, time.Minute)
		m := start(t, "10.1.0.9", `#cloud-config
write_files:
  - {path: /etc/example/file, owner: "root:root", permissions: "0644", content: "x"}
runcmd: []
`)
		require.NoError(t, m.Booted(ctx))
		contained := func(script string) (string, error) {
			return m.Run(ctx, "unshare", "--mount", "/opt/standins/contained",
				`{"mounts":[{"Host":"/etc/example","Container":"/shown","ReadOnly":true}],"program":"/bin/bash","arguments":["-c","`+script+`"]}`)
		}
		out, err := contained("cat /shown/file && ls /etc")
		require.NoError(t, err, out)
		require.Regexp(t, "^xgroup\n", out)
		require.NotContains(t, out, "example")
		for _, script := range []string{"cat /etc/example/file", "ls /etc/kubernetes", "ls /var/lib", "echo y >/shown/file"} {
			out, err := contained(script)
			require.Error(t, err, "%s: %s", script, out)
		}
	})
	t.Run("refuses what it does not know", func(t *testing.T) {
		t.Parallel()
		m := start(t, "10.1.0.6", "#cloud-config\npackages: [nginx]\n")
		require.ErrorContains(t, m.Booted(within(t, time.Minute)), "packages")
	})
}

// cutOff is a job that ends at its second start, and a disk.
const cutOff = `#cloud-config
write_files:
  - path: /etc/systemd/system/var-lib-etcddisk.mount
    owner: "root:root"
    permissions: "0644"
    content: "[Mount]\nWhat=/dev/disk/by-label/etcd_disk\nWhere=/var/lib/etcddisk\n"
  - path: /etc/systemd/system/job.service
    owner: "root:root"
    permissions: "0644"
    content: |
      [Unit]
      ConditionPathExists=!/var/lib/hybridcluster/done
      [Service]
      Type=exec
      ExecStart=/bin/bash /root/job
  - path: /root/job
    owner: "root:root"
    permissions: "0755"
    content: |
      set -e
      [ -e /var/lib/etcddisk/kept ] || mkfs.ext4 -L etcd_disk /dev/disk/azure/scsi1/lun0
      systemctl enable --now var-lib-etcddisk.mount
      echo kept >/var/lib/etcddisk/kept
      echo begun >>/var/lib/hybridcluster/begun
      [ "$(wc -l </var/lib/hybridcluster/begun)" = 2 ] || sleep 1000
      touch /var/lib/hybridcluster/done
runcmd:
  - [systemctl, enable, --now, --no-block, job.service]
`

// within is a context for so long from now, if the test lasts that long.
func within(t *testing.T, patience time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// The kernel is the host's: a machine sees what a kubelet wants to set, and cannot
// set it.
func TestMachineLeavesTheHostAlone(t *testing.T) {
	t.Parallel()
	need(t)
	network, err := vnet.New(context.WithoutCancel(t.Context()), netip.MustParsePrefix("10.2.0.0/16"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, network.Close()) })
	ctx := within(t, time.Minute)
	m, err := machine.Start(ctx, machine.Spec{Name: "probe", CustomData: []byte("#cloud-config\nruncmd: []\n"), Programs: t.TempDir()},
		func(pid int) (vnet.Card, error) { return network.Attach(ctx, pid, netip.MustParseAddr("10.2.0.4")) })
	require.NoError(t, err)
	t.Cleanup(m.Kill)
	for _, command := range []string{
		"echo 9 > /proc/sys/vm/swappiness", "echo 1 > /proc/sys/kernel/sysrq", "mkdir /sys/fs/cgroup/probe",
		"ls /dev/vda", "ls /dev/sda", "test -n \"$(ls /etc/kubernetes)\"",
	} {
		out, err := m.Run(ctx, "sh", "-c", command)
		require.Error(t, err, "%s: %s", command, out)
	}
	before, err := os.ReadFile("/proc/sys/kernel/panic")
	require.NoError(t, err)
	out, err := m.Run(ctx, "sh", "-c", "echo 77 > /proc/sys/kernel/panic; cat /proc/sys/kernel/panic; echo 1 > /proc/sys/net/ipv4/ip_forward")
	require.NoError(t, err, out)
	require.Equal(t, "77\n", out)
	after, err := os.ReadFile("/proc/sys/kernel/panic")
	require.NoError(t, err)
	require.Equal(t, before, after)
}
