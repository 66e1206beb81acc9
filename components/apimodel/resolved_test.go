package apimodel_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func readsNothing(string) ([]byte, error) { return []byte("text"), nil }

// again loads what a definition resolves to, with its secrets given beside it.
func again(t require.TestingT, d *apimodel.Definition, set ...string) *apimodel.Definition {
	data, err := json.Marshal(d.Resolved())
	require.NoError(t, err)
	require.NotContains(t, string(data), "planted")
	loaded, err := apimodel.Load(apimodel.Source{Name: "resolved.json", Data: data, Set: set, ReadFile: readsNothing, Overrides: secretsOf(d)})
	require.NoError(t, err, string(data))
	loaded.Default()
	return loaded
}

// secretsOf are those of a definition's secrets that have a flag.
func secretsOf(d *apimodel.Definition) apimodel.Overrides {
	var o apimodel.Overrides
	if w := d.Properties.WindowsProfile; w != nil {
		o.WindowsAdminPassword = w.AdminPassword
	}
	if p := d.Properties.ServicePrincipalProfile; p != nil {
		o.ClientSecret = p.Secret
	}
	return o
}

func TestAResolvedDefinitionIsTheSameCluster(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := validDefinitions().Draw(t, "definition")
		d.Default()
		for i, f := range d.Properties.MasterProfile.CustomFiles {
			if f.Source != "" {
				d.Properties.MasterProfile.CustomFiles[i].Content = "text"
			}
		}
		var set []string
		if len(d.Properties.ExtensionProfiles) > 0 {
			set = append(set, "extensionProfiles[0].urlQuery="+plantedQuery, "extensionProfiles[0].extensionParameters="+plantedParameters)
		}
		if len(d.Properties.OrchestratorProfile.KubernetesConfig.Addons) > 0 {
			set = append(set, "orchestratorProfile.kubernetesConfig.addons[0].config.workspaceKey="+plantedKey)
		}
		require.Empty(t, difference(d, again(t, d, set...)))
	})
}

func TestResolvedExamplesAreTheSameCluster(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		d := example(t, filepath.Base(file))
		requireSame(t, d, again(t, d))
		require.Empty(t, again(t, d).Validate(apimodel.Given{}).Faults, file)
	}
}

// Each field that is supported has a use here, so none is lost on the way.
func TestResolvedLegalUsesAreTheSameCluster(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	uses := legal()
	maps.Copy(uses, legalWithAWarning())
	for name, set := range uses {
		d := loaded(t, with(set...))
		data, err := json.Marshal(d.Resolved())
		require.NoError(t, err)
		require.NoError(t, conforms(t, schema, data), name)
		var secrets []string
		for i, e := range d.Properties.ExtensionProfiles {
			if e.URLQuery != "" {
				at := fmt.Sprintf("extensionProfiles[%d].", i)
				secrets = append(secrets, at+"urlQuery="+e.URLQuery, at+"extensionParameters="+e.ExtensionParameters)
			}
		}
		if w := d.Properties.WindowsProfile; w != nil && w.CSIProxyURL != "" {
			secrets = append(secrets, "windowsProfile.csiProxyURL="+w.CSIProxyURL)
		}
		same := again(t, d, secrets...)
		require.Empty(t, difference(d, same), name)
		require.Empty(t, same.Validate(apimodel.Given{}).Faults, name)
	}
}

// A secret that was forgotten is a fault: it must not become another one.
func TestABlankSecretIsAFault(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("windowsProfile.adminPassword=planted-Passw0rd", "extensionProfiles[0].urlQuery=planted"))
	data, err := json.Marshal(d.Resolved())
	require.NoError(t, err)
	faults := loaded(t, apimodel.Source{Name: "a.json", Data: data}).Validate(apimodel.Given{}).Faults
	requireFault(t, faults, "properties.windowsProfile.adminPassword", "is a placeholder", "--windows-admin-password-file")
	requireFault(t, faults, "properties.extensionProfiles[0].urlQuery", "is a placeholder", "--set extensionProfiles[0].urlQuery=VALUE")
}

func TestResolvedNamesFilesAndKeepsText(t *testing.T) {
	t.Parallel()
	s := with(`masterProfile.customFiles=[{"source": "a.txt", "dest": "/a"}, {"content": "inline", "dest": "/b"}, {"source": "a.txt", "content": "own", "dest": "/c"}]`)
	s.ReadFile = func(path string) ([]byte, error) {
		require.Equal(t, "a.txt", path)
		return []byte("read"), nil
	}
	d := loaded(t, s)
	require.Equal(t, "read", d.Properties.MasterProfile.CustomFiles[0].Content)
	require.Equal(t, []apimodel.CustomFile{
		{Source: "a.txt", Dest: "/a"}, {Content: "inline", Dest: "/b"}, {Source: "a.txt", Content: "own", Dest: "/c"},
	}, d.Resolved().Properties.MasterProfile.CustomFiles)
	require.Equal(t, "read", d.Properties.MasterProfile.CustomFiles[0].Content, "the original stays as it is")
}

// What is not written is filled in, whoever asks.
func TestResolvedFillsInDefaults(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "windows-hybrid.json"))
	require.NoError(t, err)
	d, err := apimodel.Load(apimodel.Source{Name: "a.json", Data: data})
	require.NoError(t, err)
	require.Nil(t, d.Properties.OrchestratorProfile.KubernetesConfig)
	text, err := json.Marshal(d.Resolved())
	require.NoError(t, err)
	require.True(t, strings.Contains(string(text), `"clusterSubnet":"192.168.0.0/16"`), string(text))
	require.Nil(t, d.Properties.OrchestratorProfile.KubernetesConfig, "the original stays as it is")
}
