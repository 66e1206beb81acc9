package nodelogs_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/nodelogs"
)

func TestMask(t *testing.T) {
	t.Parallel()
	keyData := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("key material ", 5)))
	m := nodelogs.NewMask([]string{"Corr3ct-Horse", "short", "users:\n- client-key-data: " + keyData + "\n"})
	for text, want := range map[string]string{
		"login Corr3ct-Horse!": "login [secret]!",
		"in base64 " + base64.StdEncoding.EncodeToString([]byte("Corr3ct-Horse")): "in base64 [secret]",
		"a part of a kubeconfig: " + keyData:                                      "a part of a kubeconfig: [secret]",
		"a short word stays":                                                      "a short word stays",
		"join --token abcdef.0123456789abcdef now":                                "join --token [secret] now",
		"version 1.36.5 of demo.westeurope.cloudapp.azure.com":                    "version 1.36.5 of demo.westeurope.cloudapp.azure.com",
		"Bearer eyJhbGciOiJSUzI1.eyJzdWIiOiJ4In0.c2lnbmF0dXJl end":                "Bearer [secret] end",
		"https://x.blob.core.windows.net/c/f?sv=1&sig=abcd%2Fefgh1":               "https://x.blob.core.windows.net/c/f?sv=1&sig=[secret]",
		`"aadClientSecret": "very-secret-1", "x": 1`:                              `"aadClientSecret": "[secret]", "x": 1`,
		"Authorization: Bearer abc":                                               "Authorization: Bearer [secret]",
		"-----BEGIN PRIVATE KEY-----\nabc\ncut off":                               "[secret]",
		"a\n-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----\nb":   "a\n[secret]\nb",
		"-----BEGIN CERTIFICATE-----\nabc\n":                                      "-----BEGIN CERTIFICATE-----\nabc\n",
	} {
		require.Equal(t, want, m.Hide(text))
	}
}

// A log may hold the base64 of a file, which ends in a newline, though the secret
// does not, or the other way round. Where the newline falls into the last group of
// three bytes, it changes the characters before it.
func TestMaskOfFilesInBase64(t *testing.T) {
	t.Parallel()
	for extra := range 3 {
		pem := "-----BEGIN EC PRIVATE KEY-----\n" + strings.Repeat("key material\n", 6) + strings.Repeat("x", extra) + "\n-----END EC PRIVATE KEY-----"
		for _, secret := range []string{pem, pem + "\n", pem + "\n\n"} {
			m := nodelogs.NewMask([]string{secret})
			for _, file := range []string{pem, pem + "\n", secret} {
				for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
					require.Regexp(t, `^content: \[secret\]=* end$`, m.Hide("content: "+encoding.EncodeToString([]byte(file))+" end"))
				}
			}
		}
	}
}
