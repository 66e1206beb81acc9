package emulator_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/hybridcluster/hybridcluster/internal/emulator"
	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func start(t *testing.T, o emulator.Options) *emulator.Emulator {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	e, err := emulator.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// attach is what an engine does at the start of a run.
func attach(t *testing.T, e *emulator.Emulator, name string) pulumirpc.ResourceProviderClient {
	t.Helper()
	for provider := range strings.SplitSeq(e.Env()["PULUMI_DEBUG_PROVIDERS"], ",") {
		before, port, ok := strings.Cut(provider, ":")
		require.True(t, ok)
		if before != name {
			continue
		}
		connection, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		client := pulumirpc.NewResourceProviderClient(connection)
		_, err = client.Handshake(t.Context(), &pulumirpc.ProviderHandshakeRequest{EngineAddress: "127.0.0.1:1"})
		require.NoError(t, err)
		_, err = client.Attach(t.Context(), &pulumirpc.PluginAttach{Address: "127.0.0.1:1"})
		require.NoError(t, err)
		return client
	}
	t.Fatalf("no provider %s", name)
	return nil
}

func properties(t *testing.T, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(m), plugin.MarshalOptions{})
	require.NoError(t, err)
	return s
}

const groupURN = "urn:pulumi:dev::test::azure-native:resources:ResourceGroup::"

func createGroup(ctx context.Context, t *testing.T, client pulumirpc.ResourceProviderClient, name string) error {
	t.Helper()
	_, err := client.Create(ctx, &pulumirpc.CreateRequest{
		Urn: groupURN + name, Properties: properties(t, map[string]any{"resourceGroupName": name, "location": "westeurope"}),
	})
	return err
}

func TestProvidersAnswer(t *testing.T) {
	t.Parallel()
	e := start(t, emulator.Options{})
	for name, version := range map[string]string{"azure-native": "2.92.0", "kubernetes": "4.33.0", "tls": "5.2.0", "random": "4.18.0"} {
		plugin, err := attach(t, e, name).GetPluginInfo(t.Context(), &emptypb.Empty{})
		require.NoError(t, err)
		require.Equal(t, version, plugin.GetVersion(), name)
	}
}

func TestSeveralRunsShareOneEmulator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := start(t, emulator.Options{Dir: dir})
	const runs = 4
	done := make(chan error, runs)
	for i := range runs {
		client := attach(t, e, "azure-native")
		go func() {
			err := createGroup(t.Context(), t, client, strings.Repeat("g", i+1))
			if err == nil {
				_, err = client.Cancel(t.Context(), &emptypb.Empty{})
			}
			done <- err
		}()
	}
	for range runs {
		require.NoError(t, <-done)
	}
	require.NoError(t, createGroup(t.Context(), t, attach(t, e, "azure-native"), "after"), "a cancelled run does not harm the next")
	again := start(t, emulator.Options{Dir: dir})
	require.NoError(t, again.Store().View(t.Context(), func(w *world.World) error {
		require.Len(t, w.Resources, runs+1, "the world is kept")
		return nil
	}))
}

func TestCancelEndsOwnCallsOnly(t *testing.T) {
	t.Parallel()
	e := start(t, emulator.Options{Latency: time.Hour})
	mine, other := attach(t, e, "azure-native"), attach(t, e, "azure-native")
	mineDone, otherDone := make(chan error, 1), make(chan error, 1)
	otherCtx, stopOther := context.WithCancel(t.Context())
	go func() { mineDone <- createGroup(t.Context(), t, mine, "mine") }()
	go func() { otherDone <- createGroup(otherCtx, t, other, "other") }()
	var err error
	for waiting := true; waiting; { // the call may not have arrived at the first Cancel
		_, cancelErr := mine.Cancel(t.Context(), &emptypb.Empty{})
		require.NoError(t, cancelErr)
		select {
		case err = <-mineDone:
			waiting = false
		default:
		}
	}
	require.ErrorContains(t, err, "context canceled")
	select {
	case err := <-otherDone:
		t.Fatalf("the other run's call ended too: %v", err)
	default:
	}
	stopOther()
	require.Error(t, <-otherDone)
	require.NoError(t, e.Store().View(t.Context(), func(w *world.World) error {
		require.NotNil(t, w.Find("/subscriptions/"+azure.SubscriptionID+"/resourceGroups/other"), "Azure has accepted it")
		return nil
	}))
}

func TestFaultsAndJournal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	fault, err := emulator.ParseFault("create:ResourceGroup:pool*:TooManyRequests:2")
	require.NoError(t, err)
	e := start(t, emulator.Options{Faults: []emulator.Fault{fault}, Log: &log})
	client := attach(t, e, "azure-native")
	require.NoError(t, createGroup(t.Context(), t, client, "other"))
	require.ErrorContains(t, createGroup(t.Context(), t, client, "pool1"), `Status=429 Code="TooManyRequests"`)
	require.Error(t, createGroup(t.Context(), t, client, "pool2"))
	require.NoError(t, createGroup(t.Context(), t, client, "pool1"), "twice is enough")

	var got []string
	for _, call := range e.Journal() {
		require.Equal(t, "azure-native:resources:ResourceGroup", call.Type)
		got = append(got, strings.TrimSpace(call.Op+" "+call.Name+" "+call.Code))
	}
	require.Equal(t, []string{"create other", "create pool1 TooManyRequests", "create pool2 TooManyRequests", "create pool1"}, got)
	require.Len(t, strings.Split(strings.TrimSpace(log.String()), "\n"), 4)
	require.NotContains(t, log.String(), "westeurope", "no values")
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "create", "create:VirtualMachine:x", "make:VirtualMachine:x:C", "create:VM:[:C", "create:VM:x::1", "create:VM:x:C:y", "create:VM:x:C:-1"} {
		_, err := emulator.ParseFault(bad)
		require.Error(t, err, bad)
	}
	f, err := emulator.ParseFault("delete:*:*:InternalServerError")
	require.NoError(t, err)
	require.Equal(t, emulator.Fault{Op: "delete", Type: "*", Name: "*", Code: "InternalServerError"}, f)
}

const (
	outsideGroup    = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/"
	outsideSubnet   = outsideGroup + "Microsoft.Network/virtualNetworks/hub/subnets/nodes"
	outsideIdentity = outsideGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/cluster"
)

func TestOptionsFromEnv(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"HYBRIDCTL_EMULATOR_LATENCY": "2s", "HYBRIDCTL_EMULATOR_RESOURCE_GROUPS": "shared-rg=westeurope, other=eastus",
		"HYBRIDCTL_EMULATOR_FAULTS": "create:VirtualMachine:linuxpool1*:SkuNotAvailable:1", "HYBRIDCTL_EMULATOR_CORE_QUOTA": "8",
		"HYBRIDCTL_EMULATOR_RESOURCES": outsideSubnet + "=10.1.0.0/24," + outsideIdentity, "HYBRIDCTL_EMULATOR_INSIDE_NETWORK": "1",
	}
	get := func(name string) string { return env[name] }
	o, err := emulator.OptionsFromEnv(get)
	require.NoError(t, err)
	require.Equal(t, emulator.Options{
		Latency: 2 * time.Second, CoreQuota: 8, ResourceGroups: map[string]string{"shared-rg": "westeurope", "other": "eastus"},
		Faults:    []emulator.Fault{{Op: "create", Type: "VirtualMachine", Name: "linuxpool1*", Code: "SkuNotAvailable", Count: 1}},
		Resources: []string{outsideSubnet + "=10.1.0.0/24", outsideIdentity}, InsideNetwork: true,
	}, o)
	env = map[string]string{
		"HYBRIDCTL_EMULATOR_LATENCY": "soon", "HYBRIDCTL_EMULATOR_BOOT_TIMEOUT": "-1s", "HYBRIDCTL_EMULATOR_CORE_QUOTA": "many",
		"HYBRIDCTL_EMULATOR_FAULTS": "nonsense", "HYBRIDCTL_EMULATOR_RESOURCE_GROUPS": "rg",
		"HYBRIDCTL_EMULATOR_RESOURCES": outsideSubnet, "HYBRIDCTL_EMULATOR_INSIDE_NETWORK": "maybe",
	}
	_, err = emulator.OptionsFromEnv(get)
	for name := range env {
		require.ErrorContains(t, err, name)
	}
}

func TestExistingGroups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := emulator.Options{Dir: dir, ResourceGroups: map[string]string{"shared": "westeurope"}}
	start(t, o)
	e := start(t, o) // a second time it is there already
	require.ErrorContains(t, createGroup(t.Context(), t, attach(t, e, "azure-native"), "shared"), "already existing")
	seeded := start(t, emulator.Options{Resources: []string{outsideSubnet + "=10.1.0.0/24"}})
	require.NoError(t, seeded.Store().View(t.Context(), func(w *world.World) error {
		require.NotNil(t, w.Find(outsideGroup+"Microsoft.Network/virtualNetworks/hub"))
		return nil
	}))
	_, err := emulator.Start(t.Context(), emulator.Options{Dir: t.TempDir(), ResourceGroups: map[string]string{"shared": "atlantis"}})
	require.ErrorContains(t, err, "atlantis")
}
