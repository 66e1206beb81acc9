package baseline

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// StandIn stands for a secret of a stack's config, which is encrypted. The same
// secret has the same stand-in, and another one another, so that a change shows
// although nothing is decrypted. ok is false for a key that is no secret of ours.
//
// Nobody can use a stand-in: it is a digest of what is public anyway.
func StandIn(key, ciphertext string) (value string, ok bool) {
	sum := sha256.Sum256([]byte(key + "\x00" + ciphertext))
	switch key {
	case stacks.KeySSHPublicKey:
		return publicKey(sum), true
	case stacks.KeyWindowsAdminPassword, stacks.KeyClientSecret:
		// It has what Azure asks of a password.
		return "Stand-In-" + hex.EncodeToString(sum[:8]), true
	case stacks.KeyWorkspaceKey:
		return base64.StdEncoding.EncodeToString(append(sum[:], sum[:]...)), true
	case stacks.KeyClientID:
		h := hex.EncodeToString(sum[:16])
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:], true
	case stacks.KeyWorkloadPullSecret:
		return registryLogin(sum), true
	case stacks.KeyPullSecrets:
		return registryLogins(ciphertext), true
	}
	return "", false
}

// registryLogin has the form of Docker's login file.
func registryLogin(sum [32]byte) string {
	auth := base64.StdEncoding.EncodeToString([]byte("stand-in:" + hex.EncodeToString(sum[:8])))
	return `{"auths":{"registry.example.com":{"auth":"` + auth + `"}}}`
}

// registryLogins are logins by namespace. Where the object is encrypted as a whole its
// namespaces are not known, and one stands for all.
func registryLogins(ciphertext string) string {
	var byNamespace map[string]any
	if json.Unmarshal([]byte(ciphertext), &byNamespace) != nil || byNamespace["secure"] != nil {
		byNamespace = map[string]any{"stand-in": ciphertext}
	}
	logins := map[string]string{}
	for namespace, login := range byNamespace {
		text, _ := json.Marshal(login) // it was read from JSON
		logins[namespace] = registryLogin(sha256.Sum256(text))
	}
	data, _ := json.Marshal(logins) // texts alone
	return string(data)
}

// publicKey has the form of an Ed25519 key:
// https://datatracker.ietf.org/doc/html/rfc8709#section-4
func publicKey(sum [32]byte) string {
	blob := append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), sum[:]...)
	return "ssh-ed25519 " + base64.StdEncoding.EncodeToString(blob)
}

// blank is a value that may be missing from a definition, with a stand-in.
type blank struct {
	path string
	set  func(*stacks.Config) *string
	// value is the stand-in.
	value string
}

// blanks are what a definition in git may leave to flags: secrets and names.
func blanks() []blank {
	standIn := func(key string) string { v, _ := StandIn(key, ""); return v }
	return []blank{
		{"properties.linuxProfile.ssh.publicKeys", func(c *stacks.Config) *string { return &c.Source.Overrides.SSHPublicKey }, standIn(stacks.KeySSHPublicKey)},
		{"properties.windowsProfile.adminPassword", func(c *stacks.Config) *string { return &c.Source.Overrides.WindowsAdminPassword }, standIn(stacks.KeyWindowsAdminPassword)},
		{"properties.servicePrincipalProfile.clientId", func(c *stacks.Config) *string { return &c.Source.Overrides.ClientID }, "00000000-0000-4000-8000-00000000c11e"},
		{"properties.servicePrincipalProfile.secret", func(c *stacks.Config) *string { return &c.Source.Overrides.ClientSecret }, standIn(stacks.KeyClientSecret)},
		{"properties.masterProfile.dnsPrefix", func(c *stacks.Config) *string { return &c.Source.Overrides.DNSPrefix }, "preview"},
		{"location", func(c *stacks.Config) *string { return &c.Source.Overrides.Location }, "westeurope"},
	}
}

// FillBlanks gives both configurations the same stand-ins for what either leaves
// to flags that were not given. It returns the paths that it filled. base may be
// nil.
func FillBlanks(head, base *stacks.Config) []string {
	var filled []string
	for _, b := range blanks() {
		if !missing(head, b) && !missing(base, b) {
			continue
		}
		for _, c := range []*stacks.Config{head, base} {
			// Where only one side has a blank, the other's own value stays.
			if missing(c, b) {
				*b.set(c) = b.value
			}
		}
		filled = append(filled, b.path)
	}
	return filled
}

// missing says whether a value is a blank that makes the definition faulty. A
// fault of another kind is the author's to mend.
func missing(c *stacks.Config, b blank) bool {
	if c == nil || *b.set(c) != "" {
		return false
	}
	d, report := c.Resolve()
	if d == nil || !slices.ContainsFunc(report.Faults, func(f apimodel.Fault) bool { return strings.HasPrefix(f.Path, b.path) }) {
		return false
	}
	data, err := json.Marshal(d)
	var document any
	return err == nil && json.Unmarshal(data, &document) == nil && isBlank(document, strings.Split(b.path, "."))
}

// isBlank tells an absent or empty value, and a placeholder: what the definition's own
// rules take for one, and anything in angle brackets. path leads to it from v. Of a
// list, one blank is enough.
func isBlank(v any, path []string) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || apimodel.IsBlank("", v) || strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">")
	case []any:
		return len(v) == 0 || slices.ContainsFunc(v, func(item any) bool { return isBlank(item, path) })
	case map[string]any:
		if len(path) == 0 {
			key, isKey := v["keyData"]
			return isKey && isBlank(key, nil)
		}
		return isBlank(v[path[0]], path[1:])
	}
	return false
}
