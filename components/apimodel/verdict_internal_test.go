package apimodel

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each key of each object has one verdict, and each verdict on a key that is
// read has its field.
func TestEveryFieldHasOneVerdict(t *testing.T) {
	t.Parallel()
	for _, o := range objects() {
		var read, all []string
		for _, e := range o.entries {
			if e.shape == "" {
				read = append(read, e.key)
			}
			require.False(t, slices.ContainsFunc(all, func(k string) bool { return strings.EqualFold(k, e.key) }),
				"%s.%s has more than one verdict", o.where, e.key)
			all = append(all, e.key)
		}
		require.ElementsMatch(t, namesOf(o.goType), read, "fields of %s and verdicts on them", o.goType)
	}
}

// places finds where the structs stand that can be reached from a type.
func places(t reflect.Type, where string, found map[string]reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		places(t.Elem(), where, found)
	case reflect.Slice:
		places(t.Elem(), where+"[]", found)
	case reflect.Struct:
		found[where] = t
		for _, f := range fieldsOf(t) {
			places(t.FieldByIndex(f.index).Type, keyPath(where, f.name), found)
		}
	default: // it holds no structs
	}
}

func TestEveryObjectHasVerdicts(t *testing.T) {
	t.Parallel()
	want, got := map[string]reflect.Type{}, map[string]reflect.Type{}
	places(reflect.TypeFor[Definition](), "", want)
	for _, o := range objects() {
		require.NotContains(t, got, o.where)
		got[o.where] = o.goType
	}
	require.Equal(t, want, got)
}

func TestEveryVerdictSaysWhy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range Verdicts() {
		require.False(t, seen[strings.ToLower(v.Path)], v.Path)
		seen[strings.ToLower(v.Path)] = true
		require.NotEmpty(t, v.Reason, v.Path)
		require.Contains(t, []Verdict{Supported, Substituted, Unsupported}, v.Verdict, v.Path)
		require.Equal(t, v.Verdict == Unsupported, v.Remedy != "", "%s: what is refused has a remedy, and nothing else", v.Path)
		require.False(t, v.Ours && v.Verdict != Supported, v.Path)
	}
}

// Each field of AKS Engine's types has a verdict, or is in an object that is
// refused as a whole; and what is said to be AKS Engine's is.
func TestEveryFieldOfAKSEngineHasAVerdict(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "vlabs-fields.txt"))
	require.NoError(t, err)
	verdicts := map[string]Verdict{}
	for _, v := range Verdicts() {
		verdicts[strings.ToLower(v.Path)] = v.Verdict
	}
	theirs := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		path := strings.ToLower(strings.TrimSpace(line))
		if path == "" || strings.HasPrefix(path, "#") {
			continue
		}
		theirs[path] = true
		_, judged := verdicts[path]
		for p := path; !judged && p != ""; {
			p = strings.TrimSuffix(parentPath(p), "[]")
			judged = verdicts[p] == Unsupported
		}
		require.True(t, judged, "%s has no verdict", strings.TrimSpace(line))
	}
	require.Greater(t, len(theirs), 600)
	// These are read beside the types, or stand in types without names.
	others := []string{"apiVersion", "properties.linuxProfile.ssh.publicKeys", "properties.linuxProfile.ssh.publicKeys[].keyData",
		"properties.orchestratorProfile.dcosConfig"}
	for _, v := range Verdicts() {
		require.True(t, v.Ours || theirs[strings.ToLower(v.Path)] || slices.Contains(others, v.Path), "%s is no field of AKS Engine's", v.Path)
	}
}
