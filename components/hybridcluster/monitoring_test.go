package hybridcluster_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

const (
	ourWorkspace   = "/subscriptions/5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/corp"
	theirWorkspace = "/subscriptions/6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/corp"
	workspaceGUID  = "00000000-0000-0000-0000-0000000000e1"
)

// monitored is a hybrid definition with the add-on container-monitoring.
func monitored(t *testing.T, config map[string]string) *apimodel.Definition {
	t.Helper()
	d := hybrid(t)
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
		Addons: []*apimodel.Addon{{Name: apimodel.AddonContainerMonitoring, Config: config}},
	}}
	return d
}

// found is a workspace as the program knows it.
type found struct {
	id, key string
	secret  bool
}

// logs declares a cluster and reads its workspace.
func logs(t *testing.T, d *apimodel.Definition) (map[string]registration, found) {
	t.Helper()
	r := &recorder{seen: map[string]registration{}}
	read := make(chan found, 1)
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		c, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: d})
		if err != nil {
			return err
		}
		key := c.Logs.Key.ToStringOutput()
		pulumi.All(c.Logs.ID, key).ApplyT(func(v []any) bool {
			read <- found{id: v[0].(string), key: v[1].(string), secret: pulumi.IsSecret(key)}
			return true
		})
		return nil
	}, pulumi.WithMocks("project", "stack", r))
	require.NoError(t, err)
	return r.seen, <-read
}

func TestLogWorkspace(t *testing.T) {
	t.Parallel()
	own := []string{"cluster-logs", "cluster-container-insights", "cluster-identity-logs"}
	for name, tt := range map[string]struct {
		config   map[string]string
		id, key  string
		declared []string
		tagged   bool
	}{
		"a new one":         {nil, "00000000-0000-0000-0000-0000000000ee", plantedWorkspaceKey, own, true},
		"an existing one":   {map[string]string{"logAnalyticsWorkspaceResourceId": ourWorkspace}, "00000000-0000-0000-0000-0000000000ee", plantedWorkspaceKey, nil, true},
		"one to work on":    {map[string]string{"logAnalyticsWorkspaceResourceId": ourWorkspace, "onboardWorkspace": "true"}, "00000000-0000-0000-0000-0000000000ee", plantedWorkspaceKey, own[1:], true},
		"one by id and key": {map[string]string{"workspaceGuid": workspaceGUID, "workspaceKey": plantedWorkspaceKey}, workspaceGUID, plantedWorkspaceKey, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, workspace := logs(t, monitored(t, tt.config))
			require.Equal(t, found{tt.id, tt.key, true}, workspace)
			for _, part := range own {
				if wanted := strings.Contains(strings.Join(tt.declared, " "), part); wanted {
					require.Contains(t, seen, part)
				} else {
					require.NotContains(t, seen, part)
				}
			}
			if r, ok := seen["cluster-container-insights"]; ok {
				inOurs := tt.config == nil
				require.Equal(t, inOurs, r.request.GetDeletedWith() != "", "what lies elsewhere does not go with our group")
				require.Equal(t, inOurs, seen["cluster-identity-logs"].request.GetDeletedWith() != "")
			}
			tags := seen["cluster-demo-control-plane-0"].inputs["tags"].ObjectValue()
			require.Equal(t, tt.tagged, tags["logAnalyticsWorkspaceResourceId"].IsString())
			require.NotContains(t, seen["cluster-linuxpool1000"].inputs["tags"].ObjectValue(), "clusterName")
			for part, r := range seen {
				require.NotContains(t, r.request.GetObject().String(), plantedWorkspaceKey, part)
			}
		})
	}
}

// One provider serves all of Azure's resources, whichever package they are from.
func TestTheSolutionHasTheWorkspacesProvider(t *testing.T) {
	t.Parallel()
	seen, _ := logs(t, monitored(t, nil))
	require.NotEmpty(t, seen["cluster-logs"].request.GetVersion())
	require.Equal(t, seen["cluster-logs"].request.GetVersion(), seen["cluster-container-insights"].request.GetVersion())
}

func TestAWorkspaceOfAnotherSubscription(t *testing.T) {
	t.Parallel()
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: monitored(t, map[string]string{"logAnalyticsWorkspaceResourceId": theirWorkspace})})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	require.ErrorContains(t, err, "give its workspaceGuid and workspaceKey in place of its resource id")
}
