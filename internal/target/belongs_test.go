package target

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const emulated = "5b2f6a3e-0000-4000-8000-1c7d2e3f4a5b"

// exported is a state with these resources, "type id", and operations that are pending.
func exported(pending int, resources ...[2]string) []byte {
	var list strings.Builder
	list.WriteString(`{"type": "pulumi:pulumi:Stack"}, {"type": "pulumi:providers:tls", "id": "x"}`)
	for _, r := range resources {
		fmt.Fprintf(&list, `, {"type": %q, "id": %q}`, r[0], r[1])
	}
	operations := strings.Join(slices.Repeat([]string{`{"type": "creating"}`}, pending), ",")
	return []byte(`{"deployment": {"resources": [` + list.String() + `], "pending_operations": [` + operations + `]}}`)
}

// A stack is known by its mark, and one without a mark by where its resources lie.
func TestStacksBelongToAWorld(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	getenv := func(name string) string { return map[string]string{"HOME": home}[name] }
	ownPlace := "file://" + filepath.Join(home, ".local", "state", "hybridctl", "emulator", "backend") + "?metadata=skip"
	group := func(subscription string) [2]string {
		return [2]string{"azure-native:resources:ResourceGroup", "/subscriptions/" + subscription + "/resourceGroups/demo"}
	}
	key := [2]string{"tls:index/privateKey:PrivateKey", "abc"}
	theirs := "0b1f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b"
	for name, tc := range map[string]struct {
		emulator bool
		backend  string
		tag      string
		state    []byte
		want     string
	}{
		"a marked rehearsal":             {backend: "azblob://state", tag: Rehearsal, state: exported(0), want: Rehearsal},
		"a marked cluster":               {emulator: true, backend: "azblob://state", tag: Azure, state: exported(0), want: Azure},
		"an unmarked rehearsal":          {backend: "azblob://state", state: exported(0, key, group(emulated)), want: Rehearsal},
		"an unmarked cluster":            {emulator: true, backend: "azblob://state", state: exported(0, key, group(theirs)), want: Azure},
		"ids of another case":            {backend: "azblob://state", state: exported(0, [2]string{"azure-native:a:B", "/SUBSCRIPTIONS/5B2F6A3E-0000-4000-8000-1C7D2E3F4A5B/x"}), want: Rehearsal},
		"nothing but keys":               {emulator: true, backend: "azblob://state", state: exported(0, key), want: Azure},
		"a creation that was cut off":    {emulator: true, backend: "azblob://state", state: exported(1), want: Azure},
		"nothing at all":                 {emulator: true, backend: "azblob://state", state: exported(0), want: ""},
		"keys in the emulator's place":   {backend: ownPlace, state: exported(0, key), want: Rehearsal},
		"the emulator in its own place":  {emulator: true, state: exported(0, group(theirs)), want: Rehearsal},
		"ids of other providers are not": {emulator: true, backend: "azblob://state", state: exported(0, [2]string{"kubernetes:core/v1:Secret", "/subscriptions/" + emulated}), want: Azure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := &Target{o: Options{Emulator: tc.emulator, Backend: tc.backend, Getenv: getenv, EmulatedSubscription: emulated}}
			tags := map[string]string{}
			if tc.tag != "" {
				tags[worldTag] = tc.tag
			}
			of, err := place.Belongs(tags, tc.state)
			require.NoError(t, err)
			require.Equal(t, tc.want, of)
		})
	}
	require.Empty(t, (&Target{o: Options{Emulator: true}}).Mark())
	require.Equal(t, map[string]string{worldTag: Rehearsal}, (&Target{o: Options{Emulator: true, Backend: "x"}}).Mark())
	require.Equal(t, map[string]string{worldTag: Azure}, (&Target{}).Mark())
}
