//go:build e2e && linux

package boot

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
)

// text is a machine's custom data, uncompressed.
func text(t *testing.T, m declared.Machine) string {
	t.Helper()
	document, err := bootstrap.Unpack(string(m.CustomData))
	require.NoError(t, err)
	return document
}

// with replaces something in a machine's custom data, everywhere. It must be there.
func with(t *testing.T, m declared.Machine, old, replacement string) declared.Machine {
	t.Helper()
	document := text(t, m)
	require.Contains(t, document, old, "%s: there is nothing to change", m.Name)
	m.CustomData = []byte(strings.ReplaceAll(document, old, replacement))
	return m
}

var tokenPattern = regexp.MustCompile(`token: "?([a-z0-9]{6}\.[a-z0-9]{16})`)

// token is the cluster's bootstrap token, out of a machine's document.
func (s *site) token() (string, error) {
	for _, m := range s.Machines {
		document, err := bootstrap.Unpack(string(m.CustomData))
		if err != nil {
			return "", err
		}
		if found := tokenPattern.FindStringSubmatch(document); found != nil {
			return found[1], nil
		}
	}
	return "", errors.New("no document has a token")
}

// swapAuthority gives a machine another cluster's authority, with its key.
func swapAuthority(t *testing.T, m declared.Machine, from, to declaration, name string) declared.Machine {
	t.Helper()
	m.CustomData = []byte(swapPEM(t, text(t, m), from.Authorities[name], to.Authorities[name]))
	return swapKey(t, m, from, to, name)
}

// swapKey gives a machine another cluster's key to its own authority.
func swapKey(t *testing.T, m declared.Machine, from, to declaration, name string) declared.Machine {
	t.Helper()
	m.CustomData = []byte(swapPEM(t, text(t, m), from.Keys[name], to.Keys[name]))
	return m
}

// swapPEM replaces the lines of one block of PEM by those of another, whatever
// they are indented by.
func swapPEM(t *testing.T, document, from, to string) string {
	t.Helper()
	old := strings.Split(strings.TrimSpace(from), "\n")
	indent := regexp.MustCompile(`(?m)^( *)` + regexp.QuoteMeta(old[1]) + `$`).FindStringSubmatch(document)
	require.NotNil(t, indent, "the block is not in the document")
	block := func(lines []string) string { return strings.Join(lines, "\n"+indent[1]) }
	require.Contains(t, document, block(old))
	return strings.Replace(document, block(old), block(strings.Split(strings.TrimSpace(to), "\n")), 1)
}
