package bootstrap_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const bootstrapUnit = "hybridcluster-bootstrap.service"

// startsBootstrap is what cloud-init runs.
var startsBootstrap = []string{"systemctl", "enable", "--now", "--no-block", bootstrapUnit}

// signal sends a signal to the script of the bootstrap, from any program below it.
func signal(name string) string {
	return `pid=$$; while ((pid > 1)); do
	if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q '/bootstrap\.sh '; then script=$pid; fi
	pid=$(cut -d ' ' -f 4 "/proc/$pid/stat")
done; kill -` + name + ` "$script"`
}

// cut is what cuts the power off. It acts once.
var cut = `if [[ ! -e $CALLS.cut ]]; then touch "$CALLS.cut"; ` + signal("KILL") + `; fi`

// cloud-init runs its commands at the first start of a machine alone. A restart before
// the bootstrap's end, whoever asked for it, must not leave half a node behind.
func TestBootstrapGoesOnAfterARestartAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		document string
		programs map[string]string
	}{
		"in a package":            {documents(t)["linux-node.yaml"], map[string]string{"apt-get": cut}},
		"in kernel settings":      {documents(t)["linux-node.yaml"], map[string]string{"modprobe": cut}},
		"in a download":           {documents(t)["linux-node.yaml"], map[string]string{"curl": cut + "\n" + curlFake}},
		"before the join":         {documents(t)["linux-node.yaml"], map[string]string{"apt-mark": cut}},
		"in the join":             {documents(t)["linux-node.yaml"], map[string]string{"kubeadm": `[[ $1 != join ]] || ` + cut}},
		"when the node is there":  {documents(t)["linux-node.yaml"], map[string]string{"kubectl": cut}},
		"while secrets go":        {documents(t)["linux-node.yaml"], map[string]string{"python3": cut}},
		"a master, in its init":   {documents(t)["control-plane.yaml"], map[string]string{"kubeadm": `[[ $1 != init ]] || ` + cut}},
		"a master, after it":      {documents(t)["control-plane.yaml"], map[string]string{"kubectl": cut}},
		"a master, while secrets": {documents(t)["control-plane.yaml"], map[string]string{"python3": cut}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, c.document, c.programs)
			require.Equal(t, -1, m.boot(t), "the power is cut")
			require.Empty(t, m.read(t, success))
			require.Empty(t, m.read(t, failure), "nobody has failed")
			require.Equal(t, 0, m.boot(t))
			require.NotEmpty(t, m.read(t, success))
			order(t, m.read(t, "/calls"), "dpkg --force-confold --configure --pending", "dpkg --force-confold --configure --pending", "apt-get")
			require.NotContains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken)
			if strings.HasPrefix(name, "a master") {
				require.Equal(t, pki().CAKey, m.read(t, "/etc/kubernetes/pki/ca.key"))
			}
		})
	}
}

// Others may have joined what an init has made before it was cut off.
func TestInitThatWasCutOffIsFinishedAndNotBegunAnew(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{"kubeadm": `[[ $1 != init ]] || ` + cut})
	require.Equal(t, -1, m.boot(t))
	require.Equal(t, 0, m.boot(t))
	calls := m.calls(t, "kubeadm")
	require.Len(t, calls, 4, "images and init, twice, and no reset")
	require.NotContains(t, calls[1], "--ignore-preflight-errors")
	for _, kept := range []string{"DirAvailable--var-lib-etcddisk-etcd", "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "Port-6443"} {
		require.Contains(t, calls[3], kept)
	}
}

// Where that does not do, it is begun anew.
func TestInitThatCannotBeFinishedIsBegunAnew(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{
		"kubeadm": `[[ $1 != init ]] || { ` + cut + `; [[ $* != *ignore-preflight* ]]; }`,
	})
	require.Equal(t, -1, m.boot(t))
	require.Equal(t, 0, m.boot(t))
	calls := m.calls(t, "kubeadm")
	require.Len(t, calls, 6)
	require.True(t, strings.HasPrefix(calls[4], "reset"))
	require.NotContains(t, calls[5], "--ignore-preflight-errors")
}

// kubeadm makes authorities of its own where it finds none.
func TestKeysAreBackWhereAResetWasCutOff(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{
		"kubeadm": `case $1 in
			init) [[ -e $CALLS.cut && -s $KUBERNETES_DIR/pki/ca.key && -s $KUBERNETES_DIR/pki/etcd/ca.key ]] ;;
			reset) rm -rf "$KUBERNETES_DIR/pki"; ` + cut + ` ;;
		esac`,
	})
	require.Equal(t, -1, m.boot(t))
	require.NoFileExists(t, m.path("/etc/kubernetes/pki/ca.key"))
	require.Equal(t, 0, m.boot(t))
}

// A driver or a hardening script may restart the machine: systemd then asks the unit to
// stop, while the script still runs or right after it.
func TestScriptMayRestartTheMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, systemctl string }{
		"the unit is told to stop":    {signal("TERM"), ""},
		"the machine is going down":   {`touch "$CALLS.down"`, `[[ $1 != is-system-running || ! -e $CALLS.down ]] || echo stopping`},
		"the script fails meanwhile":  {`[[ ! -e $CALLS.again ]] || exit 0; touch "$CALLS.again"; ` + signal("TERM") + `; exit 1`, ""},
		"the power is gone meanwhile": {cut, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := scriptedWith(t, c.script, "")
			m.fake(t, "systemctl", c.systemctl)
			require.NotEqual(t, 0, m.boot(t))
			require.Empty(t, m.read(t, failure), "a restart is no failure")
			require.NotContains(t, m.read(t, "/calls"), "swapoff", "nothing more is begun")
			m.remove(t, "/calls.down")
			require.Equal(t, 0, m.boot(t))
			require.NotEmpty(t, m.read(t, success))
			runs := 2
			if strings.HasPrefix(name, "the unit") || strings.HasPrefix(name, "the machine") {
				runs = 1 // it had ended well
			}
			require.Equal(t, runs, strings.Count(m.read(t, "/calls"), "script first "))
		})
	}
}

// One that restarts the machine and never ends would do so for ever.
func TestScriptThatAlwaysRestartsTheMachineFails(t *testing.T) {
	t.Parallel()
	m := scriptedWith(t, signal("KILL"), "")
	for range 4 {
		require.Equal(t, -1, m.boot(t))
		require.Empty(t, m.read(t, failure))
	}
	require.Equal(t, 1, m.boot(t))
	require.Contains(t, m.read(t, failure), "step script first failed")
	require.Contains(t, m.read(t, logFile), "script first was begun 4 times, and each time the machine restarted before its end")
	require.Equal(t, 4, strings.Count(m.read(t, "/calls"), "script first "))
}

func TestUnitsOfTheBootstrap(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{"master": documents(t)["control-plane.yaml"], "worker": documents(t)["linux-node.yaml"]} {
		data, files := parse(t, document)
		require.Equal(t, [][]string{startsBootstrap}, data.RunCmd, name)
		require.Equal(t, "/etc/systemd/system/"+bootstrapUnit, data.Files[len(data.Files)-1].Path, "who sees the unit sees all that it needs")
		unit := files["/etc/systemd/system/"+bootstrapUnit].Content
		for _, line := range []string{
			"ConditionPathExists=!" + success, "ExecStart=/bin/bash /usr/local/lib/hybridcluster/bootstrap.sh", "WantedBy=multi-user.target",
			"Type=exec", "KillMode=process",
		} {
			require.Contains(t, unit, line+"\n", name)
		}
		require.NotRegexp(t, `(?m)^[A-Z].*cloud-`, unit, "what cloud-init does is nothing to wait for")
		require.Contains(t, files["/etc/systemd/system/hybridcluster-scrub.service"].Content, "After=cloud-final.service\n", name)
	}
}

// Without the package eject the disc stays in its drive, and cloud-init reads the custom
// data from it at each start.
func TestCustomDataIsRemovedAtEachStart(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], nil)
	require.Equal(t, 0, m.boot(t))
	require.Contains(t, m.calls(t, "systemctl"), "enable hybridcluster-scrub.service")
	_, files := parse(t, documents(t)["linux-node.yaml"])
	unit := files["/etc/systemd/system/hybridcluster-scrub.service"].Content
	require.Contains(t, unit, "ExecStart=/usr/local/lib/hybridcluster/scrub.py\n")
	require.Equal(t, "0755", files["/usr/local/lib/hybridcluster/scrub.py"].Permissions)
	require.Contains(t, unit, "WantedBy=cloud-init.target\n", "multi-user.target is before cloud-final, and this comes after it")
}

// etcd's disk has one owner. cloud-init's lists take the place of those with which it
// looks after the temporary disk, and it takes out of fstab what came from them.
func TestDocumentSetsUpNoDisks(t *testing.T) {
	t.Parallel()
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for name, document := range all {
		if strings.HasSuffix(name, ".yaml") {
			require.NotRegexp(t, `(?m)^(disk_setup|fs_setup|mounts|swap|growpart):`, unpacked(t, document), name)
		}
	}
}

func TestEtcdDisk(t *testing.T) {
	t.Parallel()
	const link, other = "/dev/disk/azure/scsi1/lun0", "/dev/disk/azure/data/by-lun/0"
	remote, local := "MSFT NVMe Accelerator v1.0", "Microsoft NVMe Direct Disk v2"
	for name, c := range map[string]struct {
		files     map[string]string
		holds     string
		formatted string // the disk that is formatted
		fault     string
	}{
		"a new disk":                   {map[string]string{link: ""}, "", link, ""},
		"a new disk of another name":   {map[string]string{other: ""}, "", other, ""},
		"made before a restart":        {map[string]string{link: ""}, "ext4 etcd_disk", "", ""},
		"it holds something else":      {map[string]string{link: ""}, "ext4 data", "", "holds another file system (ext4 data); it is not touched"},
		"it has partitions":            {map[string]string{link: ""}, "\nxfs ", "", "holds another file system (xfs); it is not touched"},
		"no link, the second remote":   {nvme("nvme1n2", "2", remote), "", "/dev/nvme1n2", ""},
		"no link, by number, not name": {nvme("nvme0n1", "2", remote), "", "/dev/nvme0n1", ""},
		"no link, a local disk":        {nvme("nvme0n2", "2", local), "", "", "the etcd disk is missing"},
		"no link, the system disk":     {nvme("nvme0n1", "1", remote), "", "", "the etcd disk is missing"},
		"nothing at all":               {nil, "", "", "the etcd disk is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{"mountpoint": "exit 1", "lsblk": "printf '" + strings.ReplaceAll(c.holds, "\n", `\n`) + `\n'`})
			for path, content := range c.files {
				m.write(t, path, content)
			}
			code := m.boot(t, "ETCD_DISKS="+m.path(link)+" "+m.path(other))
			formatted := m.calls(t, "mkfs.ext4")
			if c.formatted == "" {
				require.Empty(t, formatted)
			} else {
				require.Len(t, formatted, 1)
				require.Contains(t, formatted[0], "-L etcd_disk")
				require.True(t, strings.HasSuffix(formatted[0], c.formatted), formatted[0])
			}
			require.NotContains(t, m.read(t, "/etc/fstab"), "etcd")
			if c.fault != "" {
				require.NotEqual(t, 0, code)
				require.Contains(t, m.read(t, failure), "step prepare_etcd_disk failed")
				require.Contains(t, m.read(t, logFile), c.fault)
				return
			}
			require.Equal(t, 0, code)
			order(t, m.read(t, "/calls"), "systemctl daemon-reload", "systemctl enable --now var-lib-etcddisk.mount", "kubeadm init")
		})
	}
}

// nvme is what the kernel says of a disk.
func nvme(name, namespace, model string) map[string]string {
	return map[string]string{"/sys/block/" + name + "/nsid": namespace + "\n", "/sys/block/" + name + "/device/model": model + "   \n"}
}

// Of the nodes of a definition with its own servers, pods ask those alone.
func TestPodsAskTheUsersDNSServerAlone(t *testing.T) {
	t.Parallel()
	const path = "/etc/hybridcluster/resolv.conf"
	for name, c := range map[string]struct {
		server, search, want string
	}{
		"a server":            {"10.1.0.53", "", "nameserver 10.1.0.53\n"},
		"a server and domain": {"10.1.0.53", "corp.example.com", "nameserver 10.1.0.53\nsearch corp.example.com\n"},
		"a domain alone":      {"", "corp.example.com", ""},
		"neither":             {"", "", ""},
	} {
		for kind, document := range map[string]string{
			"worker": changedNode(t, func(n *bootstrap.Node) { n.DNSServer, n.SearchDomain = c.server, c.search }),
			"master": changedMaster(t, func(n *bootstrap.Node) { n.DNSServer, n.SearchDomain = c.server, c.search }),
		} {
			_, files := parse(t, document)
			kubeadm := files["/etc/hybridcluster/kubeadm.yaml"].Content
			if c.want == "" {
				require.NotContains(t, files, path, name+kind)
				require.NotContains(t, kubeadm, "resolv-conf", name+kind)
				continue
			}
			require.Equal(t, c.want, files[path].Content, name+kind)
			require.Regexp(t, `name: resolv-conf\n\s+value: `+path+`\n`, kubeadm, name+kind)
		}
	}
	_, files := parse(t, changedNode(t, func(n *bootstrap.Node) {
		n.DNSServer, n.KubeletArgs = "10.1.0.53", map[string]string{"resolv-conf": "/etc/mine"}
	}))
	require.Regexp(t, `name: resolv-conf\n\s+value: /etc/mine\n`, files["/etc/hybridcluster/kubeadm.yaml"].Content, "the definition's own wins")
}
