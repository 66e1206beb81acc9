package workload

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestImage(t *testing.T) {
	t.Parallel()
	const own = "registry.example.com/web:1"
	tests := []struct {
		name     string
		settings Settings
		releases []string
		builds   []string
		port     int
		fault    string
	}{
		{"one release", Settings{}, []string{"2022"}, nil, 8080, ""},
		{"2025 runs the 2022 image", Settings{}, []string{"2025"}, nil, 8080, ""},
		{"both", Settings{}, []string{"2025", "2022"}, nil, 8080, ""},
		{"another port", Settings{Port: 5000}, []string{"2022"}, nil, 5000, ""},
		{"mixed with 2019", Settings{}, []string{"2019", "2025", "2022", "2022"}, []string{"10.0.20348", "10.0.26100"}, 8080, ""},
		{"2019 alone", Settings{}, []string{"2019"}, nil, 0, "windowsRelease 2022 or 2025, name an image of your own"},
		{"no Windows", Settings{}, nil, nil, 0, "no current ASP.NET sample image"},
		{"an own image", Settings{Image: own}, []string{"2019"}, nil, 80, ""},
		{"an own image and port", Settings{Image: own, Port: 8081}, []string{"2019", "2022"}, nil, 8081, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			image, err := tt.settings.image(tt.releases)
			require.Equal(t, err, tt.settings.Fits(tt.releases))
			if tt.fault != "" {
				require.ErrorContains(t, err, tt.fault)
				require.Empty(t, tt.settings.Artifacts(tt.releases))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.builds, image.builds)
			require.Equal(t, tt.port, image.port)
			require.Equal(t, len(tt.builds) > 0, image.affinity() != nil)
			require.Equal(t, image.name, tt.settings.Artifacts(tt.releases)[0].URL)
		})
	}
}

func TestTolerations(t *testing.T) {
	t.Parallel()
	require.Empty(t, tolerations(nil))
	require.Equal(t, corev1.TolerationArray{
		corev1.TolerationArgs{Key: pulumi.String("a"), Operator: pulumi.String("Exists"), Effect: pulumi.String("NoExecute")},
		corev1.TolerationArgs{Key: pulumi.String("os"), Operator: pulumi.String("Equal"), Value: pulumi.String("windows"), Effect: pulumi.String("NoSchedule")},
	}, tolerations([]string{"os=windows:NoSchedule", "a:NoExecute", "os=windows:NoSchedule"}))
}

func TestServiceURL(t *testing.T) {
	t.Parallel()
	ingress := func(ip, host *string) *corev1.ServiceStatus {
		return &corev1.ServiceStatus{LoadBalancer: &corev1.LoadBalancerStatus{
			Ingress: []corev1.LoadBalancerIngress{{Ip: ip, Hostname: host}},
		}}
	}
	ip, host := "203.0.113.4", "page.example.com"
	tests := []struct {
		name   string
		status *corev1.ServiceStatus
		want   string
		fails  bool
	}{
		{"address", ingress(&ip, nil), "http://203.0.113.4", false},
		{"name", ingress(nil, &host), "http://page.example.com", false},
		{"neither", ingress(nil, nil), "", true},
		{"pending", &corev1.ServiceStatus{}, "", true},
		{"no status", nil, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := serviceURL(tt.status)
			require.Equal(t, tt.fails, err != nil)
			require.Equal(t, tt.want, got)
		})
	}
}
