package groups

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func env(set map[string]string) func(string) string { return func(n string) string { return set[n] } }

// Each kind of login is the one that was asked for, and never another.
func TestLogin(t *testing.T) {
	t.Parallel()
	who := map[string]string{"ARM_TENANT_ID": "tenant", "ARM_CLIENT_ID": "client"}
	pemFile := certificateFile(t)
	for name, tc := range map[string]struct {
		set  map[string]string
		bare bool
		want string
		err  string
	}{
		"secret":            {set: map[string]string{"ARM_CLIENT_SECRET": "s"}, want: "*azidentity.ClientSecretCredential"},
		"certificate":       {set: map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": pemFile}, want: "*azidentity.ClientCertificateCredential"},
		"no certificate":    {set: map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": pemFile + ".absent"}, err: "ARM_CLIENT_CERTIFICATE_PATH"},
		"token":             {set: map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, want: "*azidentity.ClientAssertionCredential"},
		"GitHub":            {set: map[string]string{"ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x/y"}, want: "*azidentity.ClientAssertionCredential"},
		"no token":          {set: map[string]string{"ARM_USE_OIDC": "true"}, err: "id-token: write"},
		"half of GitHub":    {set: map[string]string{"ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, err: "id-token: write"},
		"OIDC of nobody":    {set: map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, bare: true, err: "need ARM_TENANT_ID"},
		"secret of nobody":  {set: map[string]string{"ARM_CLIENT_SECRET": "s"}, bare: true, err: "need ARM_TENANT_ID"},
		"managed identity":  {set: map[string]string{"ARM_USE_MSI": "true"}, want: "*azidentity.ManagedIdentityCredential"},
		"secret, then OIDC": {set: map[string]string{"ARM_CLIENT_SECRET": "s", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, want: "*azidentity.ClientSecretCredential"},
		"default":           {set: map[string]string{"ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true", "ARM_CLIENT_SECRET": "s"}, want: "*azidentity.DefaultAzureCredential"},
		"another cloud":     {set: map[string]string{"ARM_ENVIRONMENT": "china"}, err: "only the public cloud"},
		"az login":          {set: map[string]string{"ARM_ENVIRONMENT": "public"}, bare: true, want: "*azidentity.DefaultAzureCredential"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{}
			maps.Copy(set, tc.set)
			for k, v := range who {
				if !tc.bare {
					set[k] = v
				}
			}
			got, err := login(env(set))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, fmt.Sprintf("%T", got))
		})
	}
}

// A token is asked for with the right audience, anew each time, and no error tells
// a secret.
func TestAssertionOnRequest(t *testing.T) {
	t.Parallel()
	asked := 0
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("Authorization") != "Bearer hush" || r.URL.Query().Get("audience") != "api://AzureADTokenExchange" || r.URL.Query().Get("v") != "2" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"count": 1, "value": "token%d"}`, asked)
	}))
	t.Cleanup(server.Close)
	assertion, err := assertionFrom(env(map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush", "ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/token?v=2",
	}))
	require.NoError(t, err)
	for _, want := range []string{"token1", "token2"} {
		got, err := assertion(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	status = http.StatusForbidden
	_, err = assertion(t.Context())
	require.ErrorContains(t, err, "403")
	require.NotContains(t, err.Error(), "hush")

	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("one\n"), 0o600))
	assertion, err = assertionFrom(env(map[string]string{"ARM_OIDC_TOKEN_FILE_PATH": file}))
	require.NoError(t, err)
	got, err := assertion(t.Context())
	require.NoError(t, err)
	require.Equal(t, "one", got)
}

func certificateFile(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	data := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	path := filepath.Join(t.TempDir(), "client.pem")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}
