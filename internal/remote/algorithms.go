package remote

import (
	"errors"
	"net"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// certificates are host keys that an authority signed. The callback does not tell
// its authorities from its keys, so they stay in the offer, first as by default.
var certificates = []string{
	ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoRSASHA256v01, ssh.CertAlgoRSASHA512v01,
}

// knownAlgorithms are those of the kinds of keys that a file has of a machine; nil,
// which is the library's default, where it has none. A server shows one of its keys,
// and else that may be one of a kind that the file does not know:
// https://github.com/golang/go/issues/29286
func knownAlgorithms(check ssh.HostKeyCallback, address string, peer net.Addr) []string {
	var unknown *knownhosts.KeyError
	if !errors.As(check(address, peer, nobodys{}), &unknown) || len(unknown.Want) == 0 {
		return nil
	}
	algorithms := certificates[:len(certificates):len(certificates)]
	for _, known := range unknown.Want {
		if kind := known.Key.Type(); kind == ssh.KeyAlgoRSA {
			// The kind of the key is also the name of its signature with SHA-1.
			algorithms = append(algorithms, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512)
		} else {
			algorithms = append(algorithms, kind)
		}
	}
	return algorithms
}

// nobodys is a key that no file has: it is asked with what a file has instead.
type nobodys struct{}

func (nobodys) Type() string                        { return "nobodys" }
func (nobodys) Marshal() []byte                     { return []byte("nobodys") }
func (nobodys) Verify([]byte, *ssh.Signature) error { return errors.New("this key signs nothing") }
