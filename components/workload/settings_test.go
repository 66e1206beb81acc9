package workload

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		settings   Settings
		path, want string
	}{
		"none":                  {},
		"all":                   {settings: Settings{Image: "a/b:c", Port: 80, Replicas: 1, Autoscaling: &Autoscaling{MaxReplicas: 9, CPUPercent: 50}, Requests: Resources{CPU: "0.2", Memory: "1Gi"}, Limits: Resources{CPU: "2", Memory: "2Gi"}, NodeSelector: map[string]string{"agentpool": "win", "example.com/gpu": ""}, Internal: true, SourceCIDRs: []string{"203.0.113.0/24"}}},
		"an image of two words": {settings: Settings{Image: "a b"}, path: "image", want: "is no image"},
		"a port":                {settings: Settings{Port: 70000}, path: "port", want: "70000 is no port"},
		"no pods":               {settings: Settings{Replicas: -1}, path: "replicas", want: "-1 is no number of pods"},
		"fewer at most":         {settings: Settings{Autoscaling: &Autoscaling{MaxReplicas: 2}}, path: "maxReplicas", want: "2 pods at most are less than the 3 at least"},
		"a use of CPU":          {settings: Settings{Autoscaling: &Autoscaling{MaxReplicas: 4, CPUPercent: -5}}, path: "cpuPercent", want: "-5 is no use of CPU"},
		"no quantity":           {settings: Settings{Requests: Resources{CPU: "much"}}, path: "requests.cpu", want: "is no amount of cpu"},
		"nothing":               {settings: Settings{Limits: Resources{Memory: "0"}}, path: "limits.memory", want: "is no amount of memory"},
		"more than the limit":   {settings: Settings{Requests: Resources{Memory: "1Gi"}}, path: "requests.memory", want: "1Gi is more than the limit of 800M"},
		"no label":              {settings: Settings{NodeSelector: map[string]string{"a b": "c"}}, path: "nodeSelector", want: "a b=c is no label"},
		"no range":              {settings: Settings{SourceCIDRs: []string{"203.0.113.7"}}, path: "sourceCidrs", want: "is no address range"},
		"no login":              {settings: Settings{PullSecret: "{}"}, path: "pullSecret", want: "names no registry"},
		"bits beyond":           {settings: Settings{SourceCIDRs: []string{"203.0.113.7/24"}}, path: "sourceCidrs", want: "is no address range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := tt.settings.Faults()
			if tt.want == "" {
				require.Empty(t, faults)
				return
			}
			require.Len(t, faults, 1)
			require.Equal(t, tt.path, faults[0].Path)
			require.Contains(t, faults[0].Message, tt.want)
			require.NotEmpty(t, faults[0].Remedy)
		})
	}
}
