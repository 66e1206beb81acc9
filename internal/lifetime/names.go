package lifetime

import (
	"cmp"
	"context"
	"crypto/rand"
	"os/exec"
	"regexp"
	"strings"
)

// longestBase bounds what a name takes from its source. With the random ending
// it stays within a dnsPrefix, which has at most 45 characters.
const longestBase = 36

// randomPart is the length of the ending that makes a name unique: 32^5 of them.
const randomPart = 5

// Context is what a name is made from, and an owner and an origin.
type Context struct {
	Getenv func(string) string
	// Dir is the working directory, perhaps of a git repository.
	Dir string
	// Host is this machine's name, User who is logged in.
	Host, User string
}

var pullRef = regexp.MustCompile(`^refs/pull/(\d+)/`)

// Name makes a stack's name that no other has: the number of the pull request,
// or the branch, and a random ending. It is also a valid dnsPrefix.
func (c Context) Name(ctx context.Context) string {
	return Sanitize(c.source(ctx)) + "-" + strings.ToLower(rand.Text()[:randomPart])
}

// source is the pull request or branch, as GitHub Actions and git tell it:
// https://docs.github.com/actions/reference/workflows-and-actions/variables
func (c Context) source(ctx context.Context) string {
	if m := pullRef.FindStringSubmatch(c.Getenv("GITHUB_REF")); m != nil {
		return "pr-" + m[1]
	}
	for _, name := range []string{"GITHUB_HEAD_REF", "GITHUB_REF_NAME"} {
		if branch := c.Getenv(name); branch != "" {
			return branch
		}
	}
	out, err := exec.CommandContext(ctx, "git", "-C", c.Dir, "symbolic-ref", "--quiet", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// Sanitize makes a name of lower-case letters, digits and single dashes that
// begins with a letter, of at most 36 characters. Nothing left is "run".
func Sanitize(text string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(text), "-"), "-")
	if name == "" {
		return "run"
	}
	if name[0] < 'a' || name[0] > 'z' {
		name = "run-" + name
	}
	if len(name) > longestBase {
		name = strings.TrimRight(name[:longestBase], "-")
	}
	return name
}

// Identity is who makes a cluster, and where.
func (c Context) Identity() Lease {
	l := Lease{Owner: c.Getenv("HYBRIDCTL_OWNER"), Origin: c.Host}
	if l.Owner == "" {
		l.Owner = cmp.Or(c.Getenv("GITHUB_ACTOR"), c.User)
	}
	if run := c.Getenv("GITHUB_RUN_ID"); run != "" {
		l.Origin = c.Getenv("GITHUB_SERVER_URL") + "/" + c.Getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run
	}
	return l
}

// longestPrefix is a dnsPrefix's length at most.
const longestPrefix = 45

// Prefix makes a dnsPrefix of a stack's name. It is the name itself where that
// is one.
func Prefix(stack string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(stack[strings.LastIndex(stack, "/")+1:]), "-"), "-")
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "run-" + name
	}
	if len(name) > longestPrefix {
		name = name[:longestPrefix]
	}
	name = strings.Trim(name, "-")
	// The shortest has three characters.
	if len(name) < 3 {
		name = "run-" + name
	}
	return name
}
