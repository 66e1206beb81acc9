package apimodel_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	require.Contains(t, string(apimodel.JSONSchema()), `"$schema": "https://json-schema.org/draft/2020-12/schema"`)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("definition.json", bytes.NewReader(apimodel.JSONSchema())))
	schema, err := c.Compile("definition.json")
	require.NoError(t, err)
	return schema
}

// conforms holds a JSON document against the schema.
func conforms(t require.TestingT, schema *jsonschema.Schema, document []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return schema.Validate(value)
}

func TestExamplesConformToTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		data, err = yaml.YAMLToJSON(data)
		require.NoError(t, err)
		require.NoError(t, conforms(t, schema, data), file)
		resolved, err := json.Marshal(example(t, filepath.Base(file)).Resolved())
		require.NoError(t, err)
		require.NoError(t, conforms(t, schema, resolved), file)
	}
}

func TestValidDefinitionsConformToTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		d := validDefinitions().Draw(t, "definition")
		if rapid.Bool().Draw(t, "defaulted") {
			d.Default()
		}
		data, err := json.Marshal(d)
		require.NoError(t, err)
		require.NoError(t, conforms(t, schema, data))
	})
}

// What is wrong with a file shows in an editor.
func TestWrongDocumentsDoNotConform(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	require.NoError(t, conforms(t, schema, []byte(base)))
	for name, change := range map[string]struct{ old, is, where string }{
		"a misspelt key":    {`"vmSize"`, `"vmSiez"`, "/properties/masterProfile"},
		"a key too many":    {`"location"`, `"nodes": 3, "location"`, ""},
		"another version":   {"vlabs", "v1", "/apiVersion"},
		"no masters":        {`"masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2_v3"},`, "", "/properties"},
		"two masters":       {`"count": 1`, `"count": 2`, "/properties/masterProfile/count"},
		"text for a number": {`"count": 1`, `"count": "1"`, "/properties/masterProfile/count"},
		"a label for DNS":   {`"demo"`, `"Demo_1"`, "/properties/masterProfile/dnsPrefix"},
		"an old release":    {`"1.36"`, `"1.16"`, "/properties/orchestratorProfile/orchestratorRelease"},
		"no size":           {`, "vmSize": "Standard_D2_v3"}`, "}", "/properties/masterProfile"},
		"a pool of nothing": {`"count": 2`, `"count": 0`, "/properties/agentPoolProfiles/0/count"},
		"a pool's name":     {`"lin"`, `"Lin-1"`, "/properties/agentPoolProfiles/0/name"},
		"a system":          {`"Windows"`, `"windows"`, "/properties/agentPoolProfiles/1/osType"},
		"an add-on": {`{"orchestratorRelease": "1.36"}`, `{"kubernetesConfig": {"addons": [{"name": "x"}]}}`,
			"/properties/orchestratorProfile/kubernetesConfig/addons/0/name"},
		"a list":               {`[{"name": "winrm"}]`, `{"name": "winrm"}`, "/properties/agentPoolProfiles/1/extensions"},
		"a retired key's kind": {`"location"`, `"plan": "x", "location"`, "/plan"},
		"a retired key's keys": {`"location"`, `"plan": {"x": 1}, "location"`, "/plan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := conforms(t, schema, replace(change.old, change.is))
			var invalid *jsonschema.ValidationError
			require.ErrorAs(t, err, &invalid)
			require.Contains(t, places(invalid), change.where)
		})
	}
}

// places are the JSON pointers that an error is about.
func places(e *jsonschema.ValidationError) []string {
	all := []string{e.InstanceLocation}
	for _, cause := range e.Causes {
		all = append(all, places(cause)...)
	}
	return all
}

// Each key is in the schema with what its verdict says, and those without effect
// are deprecated.
func TestTheSchemaHasEveryVerdict(t *testing.T) {
	t.Parallel()
	type node struct {
		Ref         string `json:"$ref"`
		Type        any
		Description string
		Deprecated  bool
		Items       *node
		Properties  map[string]*node
		Defs        map[string]*node `json:"$defs"`
	}
	var root node
	require.NoError(t, json.Unmarshal(apimodel.JSONSchema(), &root))
	// inside finds the object that a key, or each element of its list, holds.
	inside := func(n *node) *node {
		if n.Items != nil {
			n = n.Items
		}
		if n.Ref != "" {
			return root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
		}
		return n
	}
	retired := 0
	for _, v := range apimodel.Verdicts() {
		n := &root
		for key := range strings.SplitSeq(strings.ReplaceAll(v.Path, "[]", ""), ".") {
			n = inside(n).Properties[key]
			require.NotNil(t, n, v.Path)
		}
		require.Contains(t, strings.ToLower(n.Description), strings.ToLower(v.Reason), v.Path)
		require.Contains(t, strings.ToLower(n.Description), strings.ToLower(v.Remedy), v.Path)
		require.Equal(t, v.Verdict != apimodel.Supported, n.Deprecated, v.Path)
		if n.Deprecated {
			retired++
		}
	}
	require.Greater(t, retired, 200)
	require.True(t, slices.Equal(apimodel.JSONSchema(), apimodel.JSONSchema()), "it is the same each time")
}
