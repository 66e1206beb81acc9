package apimodel

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

const minRSABits = 2048

// sshKeys checks the keys that may log in. No key at all is fine: one is
// generated.
func (c *checker) sshKeys(keys []PublicKey) {
	if c.given.SSHPublicKey {
		return
	}
	for i, key := range keys {
		c.sshKey(indexPath(pathPublicKeys, i)+".keyData", key.KeyData)
	}
}

func (c *checker) sshKey(path, key string) {
	if strings.TrimSpace(key) == "" {
		return
	}
	if message, remedy := sshKeyProblem(key); message != "" {
		c.fault(path, message, remedy)
	}
}

// sshKeyProblem says why Azure would refuse a key, or nothing. It takes RSA
// keys of 2048 bits and more, and Ed25519:
// https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys#supported-ssh-key-formats
func sshKeyProblem(text string) (message, remedy string) {
	text = strings.TrimSpace(text)
	switch {
	case strings.Contains(text, "PRIVATE KEY"):
		return "is a private key, which must stay with you", "give the public key (the file that ends in .pub), and replace this key if the definition was shared"
	case strings.HasPrefix(text, "-----BEGIN") || strings.HasPrefix(text, "---- BEGIN"):
		return "is a public key in PEM form", "convert it to one line: ssh-keygen -i -m PKCS8 -f FILE"
	case strings.ContainsAny(text, "\r\n"):
		return "has more than one line", "give one key, on one line"
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(text))
	generate := "make a key with ssh-keygen -t ed25519 and give the .pub file, or leave it out and one is generated"
	switch {
	case err != nil && strings.HasPrefix(text, "ssh-"):
		return "is a damaged SSH public key: it does not decode", "copy the whole line of the .pub file"
	case err != nil:
		return "is no SSH public key", generate
	case len(options) > 0:
		return "has options in front of the key", "keep the key only, from ssh-rsa or ssh-ed25519 on"
	case key.Type() == ssh.KeyAlgoED25519:
		return "", ""
	case key.Type() != ssh.KeyAlgoRSA:
		return fmt.Sprintf("is a key of type %s, which Azure does not take", key.Type()), generate
	}
	if bits := rsaBits(key); bits < minRSABits {
		return fmt.Sprintf("is an RSA key of %d bits; Azure wants %d", bits, minRSABits), generate
	}
	return "", ""
}

func rsaBits(key ssh.PublicKey) int {
	crypto, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return 0
	}
	public, ok := crypto.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return public.N.BitLen()
}
