// Package nodelogs takes the logs of a cluster's machines and of its Kubernetes:
// over SSH where that is open, through the API server where it is not, into a
// folder for each node. Secrets are masked on the way.
package nodelogs

import (
	"cmp"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// masked stands in the place of a secret.
const masked = "[secret]"

// shortest is the length of what is masked by its text, in bytes: anything shorter
// is found in words.
const shortest = 8

// shapes are secrets by their looks, whoever made them.
var shapes = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`), masked},
	// Bootstrap tokens: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#token-format
	{regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`), masked},
	// JSON Web Tokens, as service accounts and managed identities have them.
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), masked},
	// Signatures of Azure's shared access.
	{regexp.MustCompile(`(?i)([?&;]sig=)[A-Za-z0-9%+/=_-]{8,}`), "${1}" + masked},
	{regexp.MustCompile(`(?i)((?:password|passwd|secret|aadclientsecret|accountkey|access_token|client-key-data)"?\s*[:=]\s*"?)[^\s",;]{8,}`), "${1}" + masked},
	{regexp.MustCompile(`(?i)(authorization:\s*(?:bearer|basic)\s+)\S+`), "${1}" + masked},
}

// Mask hides secrets in texts.
type Mask struct{ known *strings.Replacer }

// token is a word that is nothing but key material.
var token = regexp.MustCompile(`[A-Za-z0-9+/=_-]{32,}`)

// NewMask hides the given secrets, in clear and in base64, and the lines and words
// of key material in them.
func NewMask(secrets []string) *Mask {
	found := map[string]bool{}
	add := func(s string) {
		if len(s) >= shortest {
			found[s] = true
		}
	}
	for _, raw := range secrets {
		s := strings.TrimSpace(raw)
		add(s)
		if len(s) >= shortest {
			// A file ends in a newline that the secret may lack, and some leave the
			// padding out.
			for _, form := range []string{raw, s, s + "\n"} {
				add(base64.StdEncoding.EncodeToString([]byte(form)))
				add(base64.RawStdEncoding.EncodeToString([]byte(form)))
			}
		}
		for _, word := range token.FindAllString(s, -1) {
			add(word)
		}
	}
	list := make([]string, 0, len(found))
	for s := range found {
		list = append(list, s)
	}
	// The longest first: a part of it may be a secret, too.
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, s := range list {
		pairs = append(pairs, s, masked)
	}
	return &Mask{strings.NewReplacer(pairs...)}
}

// Hide masks the secrets of a text.
func (m *Mask) Hide(text string) string {
	text = m.known.Replace(text)
	for _, s := range shapes {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	return text
}
