package apimodel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// BenchmarkLoad400Nodes takes a definition of four pools of 100 nodes from its
// text to its verdict.
func BenchmarkLoad400Nodes(b *testing.B) {
	for _, profile := range []string{apimodel.AvailabilitySet, apimodel.ScaleSets} {
		var pools []string
		for i, system := range []string{"Linux", "Linux", "Windows", "Windows"} {
			pools = append(pools, fmt.Sprintf(
				`{"name": "pool%d", "count": 100, "vmSize": "Standard_D2s_v3", "osType": %q, "availabilityProfile": %q}`, i, system, profile))
		}
		text := `{"apiVersion": "vlabs", "location": "westeurope", "properties": {
			"masterProfile": {"count": 3, "dnsPrefix": "large", "vmSize": "Standard_D4s_v3"},
			"orchestratorProfile": {"kubernetesConfig": {"clusterSubnet": "10.64.0.0/14"}},
			"agentPoolProfiles": [` + strings.Join(pools, ",\n") + `]}}`
		b.Run(profile, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := apimodel.Load(apimodel.Source{Name: "large.json", Data: []byte(text)})
				if err != nil {
					b.Fatal(err)
				}
				d.Default()
				if err := d.Validate(apimodel.Given{}).Err(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
