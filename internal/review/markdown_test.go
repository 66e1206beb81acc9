package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	ghtml "github.com/yuin/goldmark/renderer/html"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/stacks"
)

var stacksConfig = stacks.Config{}

func unescape(s string) string { return html.UnescapeString(s) }

// sample is a review with a bit of everything.
func sample(t *testing.T) Review {
	t.Helper()
	before, after := cluster(t), cluster(t, "agentPoolProfiles[0].count=5", "windowsProfile.adminPassword=An0therPassword!")
	c := &Collector{}
	for _, e := range kept(
		event(apitype.OpReplace, typeVM, "cluster-win000", vm("win000", "s"), vm("win000", "l"), reimaged),
		event(apitype.OpUpdate, typeScaleSet, "cluster-lin", set(2), set(5), scaled),
		event(apitype.OpUpdate, hybridcluster.Token, "cluster", object{"definition": object{"count": 2.0}}, object{"definition": object{"count": 5.0}}, nil),
		event(apitype.OpDelete, "azure-native:network:NetworkInterface", "cluster-win009-nic", object{}, nil, nil),
		event(apitype.OpCreate, "kubernetes:core/v1:ConfigMap", "addons-map", nil, object{}, nil),
		event(apitype.OpUpdate, "kubernetes:core/v1:ConfigMap", "addons-text", object{"data": object{"a": "one\ntwo\n"}}, object{"data": object{"a": "one\nthree\n"}}, nil),
	) {
		c.Event(e)
	}
	r := Build(Input{
		Stack: "dev", Exists: true, Against: Against{Kind: AgainstBase, Ref: "main", Commit: "0123456789abcdef0123456789abcdef01234567"},
		Events: c, Changes: map[string]int{"same": 4, "replace": 1, "update": 3, "delete": 1, "create": 1},
		Before: SideOf(stacksConfig, before), After: SideOf(stacksConfig, after),
		Warnings: apimodel.Faults{{Path: "properties.agentPoolProfiles[0].vmSize", Message: "the size ends", Remedy: "use another"}},
		Cost: func(_, _ Side) *Cost {
			return &Cost{
				Before: &CostOf{Currency: "USD", PerHour: 0.5, PerMonth: 365}, After: &CostOf{Currency: "USD", PerHour: 0.75, PerMonth: 547.5, Unknown: []string{"win (2 x Odd_Size, windows)"}},
				Source: "prices.json", Date: "2026-01-02", Days: 61,
			}
		},
	})
	r.Guards = Guards{NoDelete: true, MaxReplace: -1}.Check(r)
	return r
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	forms := everyForm(t, sample(t))
	golden(t, "sample.md", forms[0])
	golden(t, "sample.txt", forms[1])
	require.Equal(t, forms, everyForm(t, sample(t)), "the same review is the same text")
}

// rendered is Markdown as GitHub's own flavour renders it, raw HTML included.
func rendered(t *testing.T, markdown string) string {
	t.Helper()
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(ghtml.WithUnsafe()))
	require.NoError(t, md.Convert([]byte(markdown), &out))
	return out.String()
}

// hostile are names and values that try to get out.
var hostile = []string{
	"</code></details><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- hybridctl-preview stack=other v1 -->", "-->",
	"```\n</details>\n# owned\n```", "~~~~\n# owned", "`` ` ```", "@octocat please @github/security", "#1 GH-2 octo/repo#3",
	"[click](https://evil.example)", "![x](https://evil.example/x.png)", "https://evil.example www.evil.example mail@evil.example",
	"| a | b |\n|---|---|\n| c | d |", "**bold** __bold__ ~~gone~~ $x$ :tada:", "\u202edrowssap\u202c \u2066a\u2069 zero\u200bwidth \ufeff",
	"a\r\n\r\n# owned\r\n- [ ] task", "\x1b[31mred\x1b[0m\x00\x07", "&lt;script&gt; &#60;b&#62; &amp;", "{{ x }} ${{ secrets.TOKEN }}",
	"\u2028# owned\u2029# owned", "> [!NOTE]\n> owned", "<details open><summary>owned</summary>", "-\n===\n", "\\` \\| \\<", "  \n    indented",
}

// hostileReview has a hostile text in each place that a definition, a state or a
// cloud can fill.
func hostileReview(text string) Review {
	change := report.PropertyChange{Path: text, Kind: "update", Old: text, New: text + "x", Replaces: true}
	long := report.PropertyChange{Path: text, Kind: "update", Lines: &report.LineDiff{OldHash: "aa", NewHash: "bb", Changed: 1, Total: 1, Unified: []string{"-" + text, "+" + text}}}
	step := func(op string) Step {
		return Step{Step: report.Step{Op: op, Type: "a:b:" + text, Name: text, URN: text, Diff: []report.PropertyChange{change, long}}, Part: partPool + text, Why: []string{text}}
	}
	sum := &apimodel.Summary{Release: text, Nodes: 1, UnknownSizes: []string{text}, Addresses: []apimodel.AddressUse{{Network: text, CIDR: text, Unit: text}}}
	return Review{
		Stack: text, Exists: true, Against: Against{Kind: AgainstBase, Ref: text, Commit: "0123456789"}, Outcome: Refused,
		Verdict: Verdict{Summary: "no changes", Interruptions: []string{text}},
		Pools:   []Pool{{Name: text, Before: 1, After: 2, Nodes: NodeCount{Kept: 1, Added: 1}, Names: map[string][]string{"added": {text}}, Why: []string{text}}},
		Steps:   []Step{step("delete"), step("replace"), step("create")}, Settings: []report.PropertyChange{change, long}, Secrets: []string{text},
		FirstBoot: []FirstBoot{{Machines: text, Applies: "new", Lines: *long.Lines}},
		Before:    sum, After: &apimodel.Summary{Release: "1", Nodes: 2},
		Cost:   &Cost{Before: &CostOf{Currency: text, Unknown: []string{text}}, After: &CostOf{Currency: text}, Source: text},
		Faults: apimodel.Faults{{Path: text, Message: text, Remedy: text}}, Diagnostics: []engine.Diagnostic{{Name: text, Message: text}},
		Warnings: apimodel.Faults{{Path: text, Message: text, Remedy: text}},
		Notes:    []string{text}, Guards: []Broken{{Guard: "no-delete", Message: text}},
	}
}

var (
	tag     = regexp.MustCompile(`<[/!]?[a-zA-Z!-][^>]*>`)
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	inCode  = regexp.MustCompile(`(?s)<code[^>]*>.*?</code>|<pre>.*?</pre>`)
)

// shape is the rendered comment without its texts: the tags, in order. Whatever a
// name says, it must stay the same.
func shape(rendered string) []string {
	return tag.FindAllString(comment.ReplaceAllString(rendered, ""), -1)
}

func TestHostileNamesStayInTheirPlace(t *testing.T) {
	t.Parallel()
	write := func(r Review, footer string) string {
		var md bytes.Buffer
		require.NoError(t, WriteMarkdown(&md, r, MarkdownOptions{Footer: footer}))
		return md.String()
	}
	want := shape(rendered(t, write(hostileReview("plain!"), "plain!")))
	require.Greater(t, len(want), 100)
	for i, text := range append(hostile, strings.Join(hostile, "\n"), strings.Join(hostile, "")) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			markdown := write(hostileReview(text), text)
			page := rendered(t, markdown)
			require.Equal(t, want, shape(page), "%q changes the shape of the comment:\n%s", text, markdown)
			require.Len(t, comment.FindAllString(page, -1), 1, "one marker")
			first, _, _ := strings.Cut(markdown, "\n")
			require.Equal(t, Marker(text), first)
			require.Regexp(t, `^<!-- hybridctl-preview stack=[A-Za-z0-9._/%]+ v1 -->$`, first)
			require.NotContains(t, page, "<script")
			require.NotContains(t, page, "href=", "no links")
			// GitHub makes mentions and references outside of code alone.
			bare := inCode.ReplaceAllString(comment.ReplaceAllString(page, ""), "")
			require.NotContains(t, unescape(bare), "@")
			require.NotRegexp(t, `#\d`, unescape(bare))
			require.NotContains(t, bare, "evil")
			for _, r := range unescape(markdown) {
				require.False(t, slices.Contains([]rune{0x202e, 0x202c, 0x2066, 0x2069, 0x200b, 0xfeff, 0x2028, 0x2029, 0, 7, 0x1b, '\r'}, r), "%U", r)
			}
		})
	}
}

// A terminal is not to be driven by names either.
func TestTextHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	r := hostileReview(strings.Join(hostile, ""))
	var out bytes.Buffer
	require.NoError(t, WriteText(&out, r, report.Painter{}))
	for _, c := range out.String() {
		require.True(t, c == '\n' || c >= ' ' && c != 0x7f && c != 0x202e && c != 0x200b, "%U", c)
	}
}

// The marker is the same for a stack whatever the report says, and no other's.
func TestMarker(t *testing.T) {
	t.Parallel()
	require.Equal(t, "<!-- hybridctl-preview stack=dev v1 -->", Marker("dev"))
	require.NotEqual(t, Marker("a-b"), Marker("a_b"))
	require.NotContains(t, strings.TrimSuffix(strings.TrimPrefix(Marker("a-->b--"), "<!--"), "-->"), "--")
}

// GitHub refuses a comment of more than 65,536 characters.
func TestLongReportsAreCutInWholeResources(t *testing.T) {
	t.Parallel()
	r := sample(t)
	for i := range 3000 {
		r.Steps = append(r.Steps, Step{Step: report.Step{Op: "create", Type: "a:b:C", Name: fmt.Sprintf("vm-%04d", i)}, Part: partOther})
	}
	var md bytes.Buffer
	require.NoError(t, WriteMarkdown(&md, r, MarkdownOptions{}))
	require.Less(t, md.Len(), MaxComment)
	require.Greater(t, md.Len(), MaxComment-2*reserve, "the room is used")
	shown := strings.Count(md.String(), "vm-")
	var left int
	_, rest, found := strings.Cut(md.String(), "**… and ")
	require.True(t, found)
	_, err := fmt.Sscanf(rest, "%d more resources**", &left)
	require.NoError(t, err)
	require.Equal(t, 3000, shown+left)
	require.Equal(t, strings.Count(md.String(), "<details>"), strings.Count(md.String(), "</details>"))
	require.Contains(t, md.String(), "compared with the definition at 0123456789", "the foot is there")
	for _, limit := range []int{1500, 2500, 4000, 9000} {
		md.Reset()
		require.NoError(t, WriteMarkdown(&md, r, MarkdownOptions{Limit: limit, Footer: strings.Repeat("`", 400)}))
		require.LessOrEqual(t, md.Len(), limit+reserve)
		require.Equal(t, strings.Count(md.String(), "<details>"), strings.Count(md.String(), "</details>"))
	}
}

// A report posted from its JSON is the report that the preview wrote.
func TestReadIsTheSameReport(t *testing.T) {
	t.Parallel()
	r := sample(t)
	want := everyForm(t, r)
	got, err := Read(strings.NewReader(want[2]))
	require.NoError(t, err)
	require.Equal(t, want, everyForm(t, got))
}

// Whatever a stranger's JSON says stays in its place, and what has no place of its
// own is refused or not believed.
func TestReadTrustsNothing(t *testing.T) {
	t.Parallel()
	write := func(r Review) (string, error) {
		data, err := json.Marshal(r)
		require.NoError(t, err)
		read, err := Read(bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		var md bytes.Buffer
		require.NoError(t, WriteMarkdown(&md, read, MarkdownOptions{}))
		return md.String(), nil
	}
	valid := func(text string) Review {
		r := hostileReview(text)
		r.SchemaVersion, r.Verdict.ControlPlane, r.Verdict.Downtime = SchemaVersion, Untouched, DowntimeNone
		r.Verdict.Summary = "approved by @octocat, see https://evil.example"
		for i := range r.Steps {
			r.Steps[i].Op = []string{"delete", "replace", text}[i%3]
		}
		return r
	}
	plain, err := write(valid("plain!"))
	require.NoError(t, err)
	want := shape(rendered(t, plain))
	for _, text := range hostile {
		markdown, err := write(valid(text))
		require.NoError(t, err)
		page := rendered(t, markdown)
		require.Equal(t, want, shape(page), "%q changes the shape of the comment:\n%s", text, markdown)
		require.NotContains(t, unescape(inCode.ReplaceAllString(comment.ReplaceAllString(page, ""), "")), "@")
		require.NotContains(t, markdown, "approved")
		for name, spoil := range map[string]func(*Review){
			"commit":        func(r *Review) { r.Against.Commit = text },
			"control plane": func(r *Review) { r.Verdict.ControlPlane = text },
			"downtime":      func(r *Review) { r.Verdict.Downtime = text },
			"outcome":       func(r *Review) { r.Outcome = text },
			"stack":         func(r *Review) { r.Stack = "" },
			"schema":        func(r *Review) { r.SchemaVersion++ },
		} {
			r := valid(text)
			spoil(&r)
			_, err := write(r)
			require.Error(t, err, name)
		}
	}
	for _, bad := range []string{"", "{}", "[]", "### a report", strings.Repeat(" ", largest+1)} {
		_, err := Read(strings.NewReader(bad))
		require.Error(t, err)
	}
}
