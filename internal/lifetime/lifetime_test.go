package lifetime_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/lifetime"
)

var noon = time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC)

func TestTTL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]lifetime.TTL{
		"2h": {Given: true, Duration: 2 * time.Hour}, "90m": {Given: true, Duration: 90 * time.Minute},
		"none": {Given: true, Forever: true}, "NONE": {Given: true, Forever: true},
	} {
		got, err := lifetime.ParseTTL(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "0", "-1h", "2", "two hours", "1d"} {
		_, err := lifetime.ParseTTL(text)
		require.ErrorContains(t, err, "write a time such as 2h", text)
	}
}

func TestLease(t *testing.T) {
	t.Parallel()
	hour, forever := lifetime.TTL{Given: true, Duration: time.Hour}, lifetime.TTL{Given: true, Forever: true}
	me := lifetime.Lease{Owner: "me", Origin: "here"}
	you := lifetime.Lease{Owner: "you"}
	l := lifetime.Lease{}.Renewed(hour, me, noon)
	require.Equal(t, lifetime.Lease{Expires: noon.Add(time.Hour), Owner: "me", Origin: "here"}, l)
	require.Equal(t, l, lifetime.FromStackTags(l.StackTags()))
	require.Equal(t, l, lifetime.FromGroupTags(l.GroupTags()))
	require.Equal(t, "2026-05-06T13:00:00Z", l.GroupTags()["expires-at"])
	require.Equal(t, l, lifetime.FromGroupTags(map[string]string{"Expires-At": "2026-05-06T15:00:00+02:00", "OWNER": "me", "origin": "here"}))

	require.Equal(t, l, l.Renewed(lifetime.TTL{}, lifetime.Lease{Owner: "you"}, noon), "without a TTL nothing changes")
	require.Equal(t, "me", l.Renewed(hour, lifetime.Lease{Owner: "you"}, noon).Owner)
	require.Equal(t, l, l.Extended(hour, you, noon.Add(-time.Minute)), "never shorter")
	require.Equal(t, noon.Add(90*time.Minute), l.Extended(hour, you, noon.Add(30*time.Minute)).Expires)
	ended := l.Extended(forever, you, noon)
	require.Zero(t, ended.Expires)
	require.Nil(t, ended.GroupTags())
	require.Empty(t, ended.GroupChange()["expires-at"])

	require.Equal(t, you, lifetime.Lease{Expires: noon}.Extended(forever, you, noon), "so that the group's end does not count again")

	require.False(t, l.Expired(noon))
	require.True(t, l.Expired(noon.Add(time.Hour)))
	require.False(t, lifetime.Lease{}.Expired(noon))
	spoiled := lifetime.FromGroupTags(map[string]string{"expires-at": "yesterday"})
	require.False(t, spoiled.Expired(noon), "what is no time deletes nothing")
	require.LessOrEqual(t, len(lifetime.Lease{Owner: strings.Repeat("ü", 300)}.StackTags()["hybridcluster:owner"]), 256)
}

func TestNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"main": "main", "feature/Add_Things!": "feature-add-things", "2024-fix": "run-2024-fix", "": "run", "---": "run",
		strings.Repeat("long-", 20): strings.TrimSuffix(strings.Repeat("long-", 8)[:36], "-"),
		"renovate/k8s.io-api-1.x":   "renovate-k8s-io-api-1-x", "Größe": "gr-e",
	} {
		require.Equal(t, want, lifetime.Sanitize(source), source)
	}
	prefix := `^[a-z][a-z0-9-]{1,43}[a-z0-9]$`
	for _, env := range []map[string]string{
		{"GITHUB_REF": "refs/pull/123/merge", "GITHUB_HEAD_REF": "a-branch"},
		{"GITHUB_REF_NAME": strings.Repeat("x", 200)},
		{"GITHUB_REF_NAME": "9"}, {},
	} {
		c := lifetime.Context{Getenv: func(n string) string { return env[n] }, Dir: t.TempDir()}
		one, two := c.Name(t.Context()), c.Name(t.Context())
		require.Regexp(t, prefix, one)
		require.NotEqual(t, one, two)
		require.Equal(t, one, lifetime.Prefix(one))
		if env["GITHUB_REF"] != "" {
			require.Regexp(t, `^pr-123-`, one)
		}
	}
	for _, stack := range []string{"dev", "My.Stack_1", "org/project/prod", "1", "-", strings.Repeat("a-", 60)} {
		require.Regexp(t, prefix, lifetime.Prefix(stack), stack)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"GITHUB_ACTOR": "octocat", "GITHUB_RUN_ID": "42", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b",
	}
	c := lifetime.Context{Getenv: func(n string) string { return env[n] }, Host: "box", User: "root"}
	require.Equal(t, lifetime.Lease{Owner: "octocat", Origin: "https://github.com/a/b/actions/runs/42"}, c.Identity())
	env = map[string]string{"HYBRIDCTL_OWNER": "team"}
	require.Equal(t, lifetime.Lease{Owner: "team", Origin: "box"}, c.Identity())
	env = nil
	require.Equal(t, lifetime.Lease{Owner: "root", Origin: "box"}, c.Identity())
}

const group = `{"type": "azure-native:resources:ResourceGroup", "urn": "urn::group", "created": "2026-05-06T10:00:00Z",
  "inputs": {"resourceGroupName": "rg", "tags": {"hybridcluster": "demo", "expires-at": "2026-05-06T11:00:00Z", "owner": "pulumi"}}}`

func TestRead(t *testing.T) {
	t.Parallel()
	root := `{"type": "pulumi:pulumi:Stack", "outputs": {"nodes": [{}, {}]}}`
	up := `{"deployment": {"resources": [` + root + `, ` + group + `]}}`
	s, err := lifetime.Read("s", []byte(up), nil, noon)
	require.NoError(t, err)
	require.Equal(t, lifetime.Stack{
		Name: "s", Created: noon.Add(-2 * time.Hour), State: "up", Nodes: 2, ResourceGroup: "rg", Expired: true,
		Lease: lifetime.Lease{Expires: noon.Add(-time.Hour), Owner: "pulumi"},
	}, s, "a stack without tags has those of its group")

	tags := lifetime.Lease{Expires: noon.Add(time.Hour), Owner: "me"}.StackTags()
	s, err = lifetime.Read("s", []byte(up), tags, noon)
	require.NoError(t, err)
	require.False(t, s.Expired, "the stack's own tags win")

	s, err = lifetime.Read("s", []byte(`{"deployment": {}}`), tags, noon)
	require.NoError(t, err)
	require.Equal(t, "empty", s.State)

	cut := `{"deployment": {"resources": [], "pending_operations": [{"type": "creating", "resource": ` + group + `}]}}`
	s, err = lifetime.Read("s", []byte(cut), tags, noon)
	require.NoError(t, err)
	require.Equal(t, "incomplete", s.State)
	require.Equal(t, "rg", s.ResourceGroup)
	unsure, err := lifetime.ReadUnsure([]byte(cut))
	require.NoError(t, err)
	require.Equal(t, lifetime.Unsure{Group: "rg", Mark: "demo"}, unsure)

	inside := `{"deployment": {"pending_operations": [{"type": "creating", "resource": {"type": "azure-native:x:Y", "urn": "urn:pulumi:a::b::c::one"}}]}}`
	unsure, err = lifetime.ReadUnsure([]byte(inside))
	require.NoError(t, err)
	require.Equal(t, lifetime.Unsure{Outside: []string{"one"}}, unsure)

	_, err = lifetime.Read("s", []byte("{"), nil, noon)
	require.Error(t, err)
}
