package remote

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Sources say where the user's keys are.
type Sources struct {
	// IdentityFiles are private keys that must be there.
	IdentityFiles []string
	// Generated is the key that the program generated, in PEM; empty for none.
	Generated string
	// AgentSocket is SSH_AUTH_SOCK; empty for no agent.
	AgentSocket string
	// Home has the folder .ssh, whose usual keys are tried; empty for none.
	Home string
	// Wanted is the key that machines were made for, in authorized_keys form. It is
	// offered first.
	Wanted string
	// Passphrase asks for that of a file. Where nobody can be asked it is nil.
	Passphrase func(file string) ([]byte, error)
}

// maxOffers: sshd hangs up after six keys that it does not take (MaxAuthTries):
// https://man.openbsd.org/sshd_config#MaxAuthTries
const maxOffers = 5

// Credentials are the keys to log in with. Close them.
type Credentials struct {
	keys   []credential
	notes  []string
	wanted ssh.PublicKey
	agent  net.Conn
}

type credential struct {
	signer ssh.Signer
	source string
}

// Gather collects keys. A named file that cannot be read is an error; anything else
// that cannot is left out, and said where no key is taken.
func Gather(s Sources) (*Credentials, error) {
	c := &Credentials{}
	if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.Wanted)); err == nil {
		c.wanted = key
	}
	for _, file := range s.IdentityFiles {
		signer, err := readKey(file, s.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("--identity-file: %w", err)
		}
		c.add(signer, file)
	}
	if s.Generated != "" {
		if signer, err := ssh.ParsePrivateKey([]byte(s.Generated)); err == nil {
			c.add(signer, "the stack's own key")
		} else {
			c.note("the stack's own key cannot be read")
		}
	}
	c.useAgent(s.AgentSocket)
	if s.Home != "" {
		c.useUsualFiles(s)
	}
	// Stable: of the others, those that were named come first.
	slices.SortStableFunc(c.keys, func(a, b credential) int { return c.rank(a) - c.rank(b) })
	return c, nil
}

func (c *Credentials) rank(k credential) int {
	if c.wanted != nil && bytes.Equal(k.signer.PublicKey().Marshal(), c.wanted.Marshal()) {
		return 0
	}
	return 1
}

func (c *Credentials) add(signer ssh.Signer, source string) {
	same := func(k credential) bool {
		return bytes.Equal(k.signer.PublicKey().Marshal(), signer.PublicKey().Marshal())
	}
	if !slices.ContainsFunc(c.keys, same) {
		c.keys = append(c.keys, credential{signer, source})
	}
}

func (c *Credentials) note(text string) { c.notes = append(c.notes, text) }

func (c *Credentials) useAgent(socket string) {
	if socket == "" {
		c.note("there is no agent: SSH_AUTH_SOCK is not set")
		return
	}
	conn, err := net.Dial("unix", socket) //nolint:noctx // a socket of this machine answers at once or never
	if err != nil {
		c.note("the agent of SSH_AUTH_SOCK does not answer")
		return
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		_ = conn.Close()
		c.note("the agent of SSH_AUTH_SOCK gives no keys: " + err.Error())
		return
	}
	c.agent = conn
	for _, signer := range signers {
		c.add(signer, "the agent")
	}
}

// useUsualFiles takes the keys that ssh takes unasked.
func (c *Credentials) useUsualFiles(s Sources) {
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		file := filepath.Join(s.Home, ".ssh", name)
		signer, err := readKey(file, nil)
		switch {
		case err == nil:
			c.add(signer, file)
		case errors.Is(err, errEncrypted):
			c.note(file + " has a passphrase: name it with --identity-file, or add it to an agent")
		}
	}
}

var errEncrypted = errors.New("it has a passphrase, and nobody can be asked for it here: add the key to an agent (ssh-add)")

// readKey shows nothing of the file.
func readKey(file string, ask func(string) ([]byte, error)) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(data)
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		if err != nil {
			return nil, fmt.Errorf("%s is no private key for SSH", file)
		}
		return signer, nil
	}
	if ask == nil {
		return nil, fmt.Errorf("%s: %w", file, errEncrypted)
	}
	passphrase, err := ask(file)
	if err != nil {
		return nil, err
	}
	signer, err = ssh.ParsePrivateKeyWithPassphrase(data, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: the passphrase does not open it", file)
	}
	return signer, nil
}

// offer gives the keys to a handshake.
func (c *Credentials) offer() ([]ssh.Signer, error) {
	var signers []ssh.Signer
	for _, k := range c.keys[:min(len(c.keys), maxOffers)] {
		signers = append(signers, k.signer)
	}
	return signers, nil
}

// describe lists the keys as a message shows them.
func (c *Credentials) describe() []string {
	var lines []string
	for i, k := range c.keys {
		line := ssh.FingerprintSHA256(k.signer.PublicKey()) + " of " + k.source
		if i >= maxOffers {
			line += " (not offered: a server hangs up after six)"
		}
		lines = append(lines, line)
	}
	return append(lines, c.notes...)
}

// Wanted is the fingerprint of the key that machines were made for; empty where it
// is not known.
func (c *Credentials) Wanted() string {
	if c.wanted == nil {
		return ""
	}
	return ssh.FingerprintSHA256(c.wanted)
}

// Close leaves the agent.
func (c *Credentials) Close() error {
	if c.agent == nil {
		return nil
	}
	return c.agent.Close()
}
