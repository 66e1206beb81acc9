package hybridcluster_test

import (
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// registration is one resource as the program declared it.
type registration struct {
	token, name string
	inputs      resource.PropertyMap // secrets are marked
	request     *pulumirpc.RegisterResourceRequest
}

// recorder is a set of mocks that keeps every registration.
type recorder struct {
	mu   sync.Mutex
	seen map[string]registration
}

const testGroupID = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/"

// plantedWorkspaceKey must never be declared in clear.
const plantedWorkspaceKey = "cGxhbnRlZCB3b3Jrc3BhY2Uga2V5"

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	inputs := resource.PropertyMap{}
	if args.RegisterRPC != nil && args.RegisterRPC.GetObject() != nil {
		var err error
		inputs, err = plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{
			KeepSecrets: true, KeepUnknowns: true, KeepResources: true, KeepOutputValues: false,
		})
		if err != nil {
			return "", nil, err
		}
	}
	r.mu.Lock()
	r.seen[args.Name] = registration{args.TypeToken, args.Name, inputs, args.RegisterRPC}
	r.mu.Unlock()
	return r.outputs(args)
}

// outputs adds what Azure and the tls provider would compute.
func (r *recorder) outputs(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	out := maps.Clone(args.Inputs)
	set := func(key, value string) { out[resource.PropertyKey(key)] = resource.NewStringProperty(value) }
	switch args.TypeToken {
	case "azure-native:resources:ResourceGroup":
		name := args.Inputs["resourceGroupName"].StringValue()
		set("name", name)
		return testGroupID + name, out, nil
	case "azure-native:network:PublicIPAddress":
		set("ipAddress", "203.0.113.9")
	case "azure-native:managedidentity:UserAssignedIdentity":
		set("principalId", "00000000-0000-0000-0000-0000000000aa")
		set("clientId", "00000000-0000-0000-0000-0000000000bb")
		set("tenantId", "00000000-0000-0000-0000-0000000000cc")
	case "azure-native:operationalinsights:Workspace":
		set("customerId", "00000000-0000-0000-0000-0000000000ee")
	case "tls:index/privateKey:PrivateKey":
		set("privateKeyPem", fakePem("RSA PRIVATE KEY"))
		set("publicKeyPem", fakePem("PUBLIC KEY"))
		set("privateKeyOpenssh", fakePem("OPENSSH PRIVATE KEY"))
		set("publicKeyOpenssh", testSSHKey)
	case "tls:index/selfSignedCert:SelfSignedCert", "tls:index/locallySignedCert:LocallySignedCert":
		set("certPem", testCertificate)
	case "random:index/randomPassword:RandomPassword":
		set("result", strings.Repeat("a", int(args.Inputs["length"].NumberValue())))
	}
	for key, value := range args.Inputs {
		if strings.HasSuffix(string(key), "Name") && value.IsString() && key != "resourceGroupName" {
			set("name", value.StringValue())
		}
	}
	return args.Name + "-id", out, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "azure-native:resources:getResourceGroup":
		name := args.Args["resourceGroupName"].StringValue()
		return resource.PropertyMap{
			"id": resource.NewStringProperty(testGroupID + name), "name": resource.NewStringProperty(name),
		}, nil
	case "azure-native:managedidentity:getUserAssignedIdentity":
		return resource.PropertyMap{
			"clientId": resource.NewStringProperty("00000000-0000-0000-0000-0000000000bb"),
			"tenantId": resource.NewStringProperty("00000000-0000-0000-0000-0000000000cc"),
		}, nil
	case "azure-native:operationalinsights:getWorkspace":
		return resource.PropertyMap{
			"customerId": resource.NewStringProperty("00000000-0000-0000-0000-0000000000ee"),
			"location":   resource.NewStringProperty("northeurope"),
		}, nil
	case "azure-native:operationalinsights:getSharedKeys":
		return resource.PropertyMap{"primarySharedKey": resource.NewStringProperty(plantedWorkspaceKey)}, nil
	case "azure-native:authorization:getClientConfig":
		return resource.PropertyMap{
			"tenantId":       resource.NewStringProperty("00000000-0000-0000-0000-0000000000dd"),
			"subscriptionId": resource.NewStringProperty("5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b"),
		}, nil
	}
	return args.Args, nil
}

func fakePem(kind string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("not a key")}))
}

// tester is a test or a drawn case of one.
type tester interface {
	require.TestingT
	Helper()
}

// declare runs the component against the mocks.
func declare(t tester, args *hybridcluster.Args) map[string]registration {
	t.Helper()
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", args)
		return err
	}, pulumi.WithMocks("project", "stack", r))
	require.NoError(t, err)
	return r.seen
}

// hybrid is a definition with a Linux and a Windows pool of two nodes each.
func hybrid(t *testing.T) *apimodel.Definition {
	t.Helper()
	return &apimodel.Definition{
		APIVersion: "vlabs",
		Location:   "westeurope",
		Properties: apimodel.Properties{
			MasterProfile: &apimodel.MasterProfile{Count: 1, DNSPrefix: "demo", VMSize: "Standard_D2s_v5"},
			AgentPoolProfiles: []*apimodel.AgentPoolProfile{
				{Name: "linuxpool1", Count: 2, VMSize: "Standard_D2s_v5", AvailabilityProfile: apimodel.AvailabilitySet},
				{
					Name: "windowspool2", Count: 2, VMSize: "Standard_D2_v3", OSType: apimodel.Windows,
					AvailabilityProfile: apimodel.AvailabilitySet,
					MachineProfile:      apimodel.MachineProfile{OSDiskSizeGB: 128, Extensions: []apimodel.Extension{{Name: "winrm"}}},
				},
			},
			ExtensionProfiles: []*apimodel.ExtensionProfile{{Name: "winrm", Version: "v1"}},
		},
	}
}

func names(seen map[string]registration) []string {
	return slices.Sorted(maps.Keys(seen))
}
