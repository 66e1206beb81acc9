package hybridcluster_test

import (
	"encoding/base64"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/components/sshaccess"
)

// sshAccess declares a cluster and returns what it says about SSH.
func sshAccess(t *testing.T, args *hybridcluster.Args) (sshaccess.Access, map[string]registration) {
	t.Helper()
	r := &recorder{seen: map[string]registration{}}
	var access sshaccess.Access
	var read sync.WaitGroup
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		c, err := hybridcluster.New(ctx, "cluster", args)
		if err != nil {
			return err
		}
		read.Add(1)
		c.SSH.ApplyT(func(v map[string]any) (err error) {
			defer read.Done()
			access, err = sshaccess.Read(v)
			return err
		})
		return nil
	}, pulumi.WithMocks("project", "stack", r))
	require.NoError(t, err)
	read.Wait()
	return access, r.seen
}

func hostKeysOf(seen map[string]registration) []string {
	var owners []string
	for _, name := range names(seen) {
		if r := seen[name]; r.token == "tls:index/privateKey:PrivateKey" && r.inputs["algorithm"].StringValue() == "ED25519" {
			owners = append(owners, name)
		}
	}
	return owners
}

const hostKeyLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Masters and pools have host keys, each machine is told its own, and what the
// cluster says about SSH holds the public halves.
func TestHostKeys(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.MasterProfile.Count = 3
	access, seen := sshAccess(t, &hybridcluster.Args{Definition: d, SSHSourceCIDRs: []string{"203.0.113.7/32"}})
	require.Equal(t, []string{
		"cluster-demo-control-plane-0-host-key", "cluster-demo-control-plane-1-host-key", "cluster-demo-control-plane-2-host-key",
		"cluster-linuxpool1-host-key", "cluster-windowspool2-host-key",
	}, hostKeysOf(seen))
	require.Equal(t, sshaccess.Access{
		Entry:       sshaccess.Entry{Name: "demo-control-plane-0", Address: "demo.westeurope.cloudapp.azure.com", User: "azureuser"},
		SourceCIDRs: []string{"203.0.113.7/32"},
		LinuxUser:   "azureuser", WindowsUser: "azureuser",
		Masters: map[string]string{
			"demo-control-plane-0": "10.255.255.5", "demo-control-plane-1": "10.255.255.6", "demo-control-plane-2": "10.255.255.7",
		},
		Pools: map[string]sshaccess.Pool{
			"linuxpool1": {OS: "linux", Prefix: "linuxpool1"}, "windowspool2": {OS: "windows", Prefix: "windowspool2"},
		},
		HostKeys: map[string]string{
			"demo-control-plane-0": hostKeyLine, "demo-control-plane-1": hostKeyLine, "demo-control-plane-2": hostKeyLine,
			"linuxpool1": hostKeyLine, "windowspool2": hostKeyLine,
		},
	}, access)
	for _, machine := range []string{"demo-control-plane-2", "linuxpool1001", "windowspool2001"} {
		data := seen["cluster-"+machine].inputs["osProfile"].ObjectValue()["customData"]
		text, err := base64.StdEncoding.DecodeString(data.SecretValue().Element.StringValue())
		require.NoError(t, err)
		require.Contains(t, unzipped(text), fakePem("OPENSSH PRIVATE KEY")[:30], machine)
	}
}

// Nothing about a pool's size or a new machine needs a key more.
func TestHostKeysDoNotGrowWithPools(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.AgentPoolProfiles[0].Count = 40
	d.Properties.WindowsProfile = &apimodel.WindowsProfile{AdminUsername: "azureuser", SSHEnabled: new(false)}
	access, seen := sshAccess(t, &hybridcluster.Args{Definition: d})
	require.Equal(t, []string{"cluster-demo-control-plane-0-host-key", "cluster-linuxpool1-host-key"}, hostKeysOf(seen),
		"Windows without OpenSSH has none")
	require.Empty(t, access.WindowsUser)
	require.Empty(t, access.SourceCIDRs)
}

func TestJumpboxIsTheWayIn(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	private := &apimodel.PrivateCluster{Enabled: new(true)}
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{PrivateCluster: private}}
	access, _ := sshAccess(t, &hybridcluster.Args{Definition: d})
	require.Equal(t, sshaccess.Entry{Name: "demo-control-plane-0", Address: "10.255.255.5", User: "azureuser"}, access.Entry)
	require.True(t, access.Private, "nothing of it is public")

	private.JumpboxProfile = &apimodel.JumpboxProfile{Name: "jump", VMSize: "Standard_D2s_v5", Username: "opsuser"}
	access, seen := sshAccess(t, &hybridcluster.Args{Definition: d})
	require.Equal(t, sshaccess.Entry{Name: "jump", Address: "203.0.113.9", User: "opsuser", Jumpbox: true}, access.Entry)
	require.False(t, access.Private)
	require.Contains(t, access.HostKeys, "jump")
	data := seen["cluster-jump"].inputs["osProfile"].ObjectValue()["customData"]
	require.True(t, data.IsSecret())
	text, err := base64.StdEncoding.DecodeString(data.SecretValue().Element.StringValue())
	require.NoError(t, err)
	require.Contains(t, string(text), "ed25519_public: "+hostKeyLine)
	require.NotContains(t, string(text), "write_files", "it knows nothing of the cluster")
}

// Machines that run keep their documents, so a new host key replaces none of them.
func TestHostKeysLeaveRunningMachines(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{PrivateCluster: &apimodel.PrivateCluster{
		Enabled: new(true), JumpboxProfile: &apimodel.JumpboxProfile{Name: "jump", VMSize: "Standard_D2s_v5"},
	}}}
	_, seen := sshAccess(t, &hybridcluster.Args{Definition: d})
	for name, r := range seen {
		if r.token == "azure-native:compute:VirtualMachine" {
			require.Contains(t, r.request.GetIgnoreChanges(), "osProfile.customData", name)
			require.NotContains(t, r.request.GetReplaceOnChanges(), "osProfile.customData", name)
		}
	}
}
