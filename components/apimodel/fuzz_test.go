package apimodel_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// FuzzLoad: no text brings the loader down. What it refuses, it refuses with
// faults; what it accepts can be judged, and survives JSON.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"*.json", "*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "examples", pattern))
		require.NoError(f, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(filepath.Base(file), data, "masterProfile.count=3")
		}
	}
	for _, uses := range []map[string][]string{legal(), legalWithAWarning()} {
		for _, set := range uses {
			d, err := apimodel.Load(with(set...))
			require.NoError(f, err)
			data, err := json.Marshal(d)
			require.NoError(f, err)
			f.Add("a.json", data, set[len(set)-1])
		}
	}
	f.Add("a.yaml", []byte("apiVersion: vlabs\nproperties: {linuxProfile: {eth0MTU: 1}, certificateProfile: {etcdPeerCertificates: [a, b]}}"), "windowsProfile.windowsRuntimes=x")
	f.Add("a.json", []byte(generated), "masterProfile.count=3")
	f.Add("a.json", []byte(blanks), "agentPoolProfiles[lin].customNodeLabels.a/b=c")
	f.Add("-", []byte("a: &a [*a, *a]\n<<: *a\n"), "agentPoolProfiles[0]={}")
	f.Add("a.yaml", []byte("? {a: b}\n: !!binary x\n--- \n"), "a[0][1].b")
	f.Fuzz(func(t *testing.T, name string, data []byte, set string) {
		d, err := apimodel.Load(apimodel.Source{Name: name, Data: data, Set: []string{set}})
		if err != nil {
			var faults apimodel.Faults
			require.True(t, errors.As(err, &faults))
			require.NotEmpty(t, faults)
			require.NotEmpty(t, faults.Error())
			return
		}
		d.Default()
		d.Validate(apimodel.Given{})
		d.AddressPlan()
		d.Cores()
		text, err := json.Marshal(d)
		require.NoError(t, err)
		again, err := apimodel.Load(apimodel.Source{Name: "a.json", Data: text})
		require.NoError(t, err)
		again.Default()
		require.Empty(t, difference(d, again))
	})
}
