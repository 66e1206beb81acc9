package hybridcluster_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

const scenarios = "scenarios"

// TestScenarios holds everything that a definition leads to against files: the
// declared resources, and what each kind of node runs. There is a scenario for
// each group of settings; `go test ./components/hybridcluster -update` renews
// the files.
func TestScenarios(t *testing.T) {
	t.Parallel()
	directories, err := filepath.Glob(filepath.Join("testdata", scenarios, "*", "definition.json"))
	require.NoError(t, err)
	require.NotEmpty(t, directories)
	for _, file := range directories {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario{t: t, name: name, written: []string{"definition.json"}}
			d := s.load(file)
			seen := declare(t, &hybridcluster.Args{Definition: d, Mirrors: s.mirrors(file)})
			s.compare(seen)
			s.noOthers()
			require.Equal(t, d.ResourceCount(apimodel.SummaryOptions{}).Total(), azureResources(seen),
				"`hybridctl validate` counts other resources than the component declares")
		})
	}
}

func azureResources(seen map[string]registration) int {
	count := 0
	for _, r := range seen {
		if strings.HasPrefix(r.token, "azure-native:") {
			count++
		}
	}
	return count
}

// scenario is one directory of files.
type scenario struct {
	t       *testing.T
	name    string
	written []string
}

// parse reads a scenario's definition.
func (s *scenario) parse(file string) *apimodel.Definition {
	s.t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(s.t, err)
	d, err := apimodel.Load(apimodel.Source{Name: file, Data: data, ReadFile: func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(file), path))
	}})
	require.NoError(s.t, err)
	d.Default()
	return d
}

// load is parse, with what is said of the definition held against a file.
func (s *scenario) load(file string) *apimodel.Definition {
	s.t.Helper()
	d := s.parse(file)
	report := d.Validate(apimodel.Given{})
	require.NoError(s.t, report.Err())
	var notes []string
	for _, list := range []apimodel.Faults{report.Substitutions, report.Warnings} {
		for _, f := range list {
			notes = append(notes, f.Path+": "+f.Message)
		}
	}
	if len(notes) > 0 {
		s.golden("notes.txt", strings.Join(notes, "\n")+"\n")
	}
	for _, pool := range d.Properties.MasterProfile.CustomFiles {
		if pool.Source != "" {
			s.written = append(s.written, pool.Source)
		}
	}
	return d
}

// mirrors are those of a scenario that has a file of them.
func (s *scenario) mirrors(definition string) bootstrap.Mirrors {
	s.t.Helper()
	const name = "mirrors.json"
	data, err := os.ReadFile(filepath.Join(filepath.Dir(definition), name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(s.t, err)
	var mirrors bootstrap.Mirrors
	require.NoError(s.t, json.Unmarshal(data, &mirrors))
	s.written = append(s.written, name)
	return mirrors
}

func (s *scenario) golden(name, content string) {
	s.t.Helper()
	s.written = append(s.written, name)
	golden(s.t, filepath.Join(scenarios, s.name, name), content)
}

// noOthers: a file that nothing renders any more would be believed.
func (s *scenario) noOthers() {
	s.t.Helper()
	files, err := os.ReadDir(filepath.Join("testdata", scenarios, s.name))
	require.NoError(s.t, err)
	for _, f := range files {
		require.Contains(s.t, s.written, f.Name(), "nothing renders %s any more: remove it", f.Name())
	}
}

// compare writes the Azure resources without their custom data, and the custom
// data of the first node of each pool and of each master beside them.
func (s *scenario) compare(seen map[string]registration) {
	s.t.Helper()
	documents := map[string]string{}
	var list []any
	for _, name := range names(seen) {
		r := seen[name]
		if !strings.HasPrefix(r.token, "azure-native:") {
			continue
		}
		inputs := plain(resource.NewObjectProperty(r.inputs)).(map[string]any)
		takeCustomData(strings.TrimPrefix(name, "cluster-"), inputs, documents)
		list = append(list, map[string]any{"name": name, "type": strings.TrimPrefix(r.token, "azure-native:"), "inputs": inputs})
	}
	text, err := yaml.Marshal(list)
	require.NoError(s.t, err)
	s.golden("resources.yaml", string(text))
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		if isFirst(name) {
			s.document(name, documents[name])
		}
	}
}

// isFirst tells the masters, scale sets and first machines of pools from the
// further machines of a pool, which run the same under another name.
func isFirst(name string) bool {
	return strings.Contains(name, "control-plane") || !numbered.MatchString(name) || strings.HasSuffix(name, "000")
}

var numbered = regexp.MustCompile(`[0-9]{3}$`)

// document writes what a node runs. Files that are the same on each node are
// left to the goldens of the bootstrap package.
func (s *scenario) document(name, text string) {
	s.t.Helper()
	require.Less(s.t, len(text), bootstrap.MaxCustomData)
	if !strings.HasPrefix(text, "#cloud-config\n") {
		_, told, _ := strings.Cut(text, "# --- what this node is told")
		settings, _, _ := strings.Cut(told, "\n# --- ")
		s.golden(name+".ps1", settings+"\n")
		return
	}
	var document map[string]any
	require.NoError(s.t, yaml.Unmarshal([]byte(text), &document))
	if keys, ok := document["ssh_keys"].(map[string]any); ok {
		keys["ed25519_private"] = "[PEM]"
	}
	files, _ := document["write_files"].([]any) // a jumpbox has none
	for _, f := range files {
		file := f.(map[string]any)
		switch path := file["path"].(string); {
		case path == bootstrap.KubeadmConfigPath:
			s.golden(name+".kubeadm.yaml", file["content"].(string))
			file["content"] = "[" + name + ".kubeadm.yaml]"
		case path == bootstrap.RejoinConfigPath:
			s.golden(name+".rejoin.yaml", file["content"].(string))
			file["content"] = "[" + name + ".rejoin.yaml]"
		case strings.HasPrefix(path, "/usr/local/lib/hybridcluster/") || strings.HasPrefix(path, "/etc/systemd/"):
			file["content"] = "[the same on each node]"
		case strings.HasPrefix(path, "/etc/kubernetes/pki/"):
			file["content"] = "[PEM]"
		}
	}
	out, err := yaml.Marshal(document)
	require.NoError(s.t, err)
	s.golden(name+".cloud-init.yaml", "#cloud-config\n"+string(out))
}

// takeCustomData moves custom data out of a machine's or scale set's inputs.
func takeCustomData(name string, inputs map[string]any, documents map[string]string) {
	holder := inputs
	if profile, ok := inputs["virtualMachineProfile"].(map[string]any); ok {
		holder = profile
	}
	profile, ok := holder["osProfile"].(map[string]any)
	if !ok || profile["customData"] == nil {
		return
	}
	text, err := base64.StdEncoding.DecodeString(profile["customData"].(string))
	if err != nil {
		panic(err)
	}
	documents[name] = unzipped(text)
	profile["customData"] = fmt.Sprintf("[%s]", name)
}

// unzipped is a document as cloud-init reads it: a large one is compressed.
func unzipped(text []byte) string {
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return string(text)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	return string(plain)
}

// plain turns inputs into what YAML writes. Secrets of these tests are none.
func plain(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsOutput():
		return plain(v.OutputValue().Element)
	case v.IsObject():
		out := map[string]any{}
		for k, x := range v.ObjectValue() {
			out[string(k)] = plain(x)
		}
		return out
	case v.IsArray():
		out := []any{}
		for _, x := range v.ArrayValue() {
			out = append(out, plain(x))
		}
		return out
	case v.IsNumber() && v.NumberValue() == float64(int64(v.NumberValue())):
		return int64(v.NumberValue())
	}
	return v.V
}

// Every scenario's definition is written by hand: JSON that editors can check.
func TestScenariosAreTidyJSON(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", scenarios, "*", "definition.json"))
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, json.Valid(data), file)
	}
}
