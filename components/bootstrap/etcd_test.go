package bootstrap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority is a real certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test-ca"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	return authority{sign(t, template, template, key, key), key}
}

func sign(t *testing.T, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

func (a authority) files(t *testing.T) (certificate, key string) {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(a.key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

// serve runs a TLS server on the loopback with a certificate of the authority,
// which wants a client's certificate as etcd does. It returns its port.
func (a authority) serve(t *testing.T, name string, clients bool, handler http.HandlerFunc) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, a.cert, key, a.key)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
	if clients {
		pool := x509.NewCertPool()
		pool.AddCert(a.cert)
		server.TLS.ClientAuth, server.TLS.ClientCAs = tls.RequireAndVerifyClientCert, pool
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	return port
}

// The certificate that the script makes is one that etcd's TLS accepts, and the
// requests are those of etcd's JSON gateway.
func TestStaleMemberIsRemovedOverRealTLS(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "openssl", "curl", "python3"} {
		need(t, program)
	}
	ca := newAuthority(t)
	var lock sync.Mutex
	var requests []string
	port := ca.serve(t, "etcd", true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		lock.Lock()
		defer lock.Unlock()
		requests = append(requests, r.Method+" "+r.URL.Path+" "+string(body))
		if strings.HasSuffix(r.URL.Path, "/list") {
			_, _ = io.WriteString(w, `{"header":{"member_id":"5"},"members":[{"ID":"9372538179322589801","name":"demo-control-plane-1"},{"ID":"7","name":"x"}]}`)
		}
	})
	m := newMaster(t, secondMaster(), nil)
	cert, key := ca.files(t)
	m.write(t, "/var/lib/hybridcluster/pki/etcd/ca.crt", cert)
	m.write(t, "/var/lib/hybridcluster/pki/etcd/ca.key", key)
	out, err := m.in(t, `make_etcd_client; OTHER_MASTERS=127.0.0.1; ask_etcd 127.0.0.1 /health; remove_stale_member`, "ETCD_PORT="+port)
	require.NoError(t, err, out)
	lock.Lock()
	defer lock.Unlock()
	require.Equal(t, []string{
		"GET /health ", "POST /v3/cluster/member/list {}", `POST /v3/cluster/member/remove {"ID": "9372538179322589801"}`,
	}, requests)
}

// Only an API server with a certificate of this cluster's CA counts.
func TestForeignAPIServerIsNotTakenForTheCluster(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		need(t, program)
	}
	ours, foreign := newAuthority(t), newAuthority(t)
	m := newMaster(t, master(), nil)
	cert, _ := ours.files(t)
	m.write(t, "/var/lib/hybridcluster/pki/ca.crt", cert)
	forbidden := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
	for name, c := range map[string]struct {
		port  string
		found bool
	}{
		"ours, whatever it answers": {ours.serve(t, endpointName, false, forbidden), true},
		"ours by another name":      {ours.serve(t, "other.example.com", false, forbidden), false},
		"a foreign one":             {foreign.serve(t, endpointName, false, forbidden), false},
	} {
		out, err := m.in(t, "ask_api 127.0.0.1", "API_PORT="+c.port)
		require.Equal(t, c.found, err == nil, "%s: %s", name, out)
	}
}
