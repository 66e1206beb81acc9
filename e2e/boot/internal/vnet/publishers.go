//go:build linux

package vnet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Publishers stands for the web servers that machines download from.
type Publishers struct {
	// Authority is the certificate, in PEM, that machines have to trust.
	Authority string

	mu    sync.Mutex
	files map[string][]byte
	asked []string
}

// Publish serves files by their https URL, and under no other. Hosts are those of
// the URLs.
func (n *Network) Publish(files map[string][]byte) (*Publishers, error) {
	p := &Publishers{files: map[string][]byte{}}
	var hosts []string
	for url, content := range files {
		request, err := http.NewRequestWithContext(n.ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return nil, fmt.Errorf("publish %s: %w", url, err)
		}
		host := request.URL.Hostname()
		p.files[request.URL.Host+request.URL.Path] = content
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
			n.Name(host, netip.MustParseAddr(publishers))
		}
	}
	certificate, err := p.certificate(hosts)
	if err != nil {
		return nil, err
	}
	listener, err := n.outside.listen(n.ctx, publishers+":443")
	if err != nil {
		return nil, fmt.Errorf("serve the publishers: %w", err)
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	n.closeLater(server)
	n.run(func() {
		_ = server.Serve(tls.NewListener(listener, &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate},
		}))
	})
	return p, nil
}

// ServeHTTP answers a machine.
func (p *Publishers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	content, ok := p.files[r.Host+r.URL.Path]
	p.asked = append(p.asked, "https://"+r.Host+r.URL.Path)
	p.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(content)
}

// Asked lists the URLs that machines have asked for, each once, sorted.
func (p *Publishers) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(p.asked)))
}

// certificate is self-signed, for all hosts.
func (p *Publishers) certificate(hosts []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the publishers' key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "publishers of this test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: hosts,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the publishers' certificate: %w", err)
	}
	p.Authority = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
