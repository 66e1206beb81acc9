package apiserver

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Errors that say why an API server does not serve a kubeconfig.
var (
	// ErrUnreachable means that nothing answers at the address.
	ErrUnreachable = errors.New("cluster unreachable")
	// ErrUnauthorized means that the API server does not know the client.
	ErrUnauthorized = errors.New("Unauthorized")
	// ErrForbidden means that it knows the client and lets it do nothing.
	ErrForbidden = errors.New("forbidden")
)

// target is what the current context of a kubeconfig points at.
type target struct {
	server    string // URL
	host      string // lower case, no port
	port      int
	ca        []byte // PEM
	insecure  bool
	cert, key []byte // PEM
	namespace string
	// serverName is the name to look for in the certificate, if not the host.
	serverName string
	// from is where the client is.
	from netpath.Source
}

// parse reads the current context of a kubeconfig, YAML or JSON.
func parse(kubeconfig []byte) (target, error) {
	if len(bytes.TrimSpace(kubeconfig)) == 0 {
		return target{}, errors.New("invalid configuration: no configuration has been provided")
	}
	config, err := clientcmd.Load(kubeconfig)
	if err != nil {
		return target{}, errors.New("failed to parse kubeconfig: it is neither YAML nor JSON of that shape")
	}
	if err := clientcmd.ConfirmUsable(*config, config.CurrentContext); err != nil {
		return target{}, fmt.Errorf("kubeconfig is not usable: %w", err)
	}
	current, ok := config.Contexts[config.CurrentContext]
	if !ok {
		return target{}, fmt.Errorf("kubeconfig has no context %q, which is its current-context", config.CurrentContext)
	}
	return newTarget(config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo], current.Namespace)
}

func newTarget(cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo, namespace string) (target, error) {
	if cluster == nil {
		return target{}, errors.New("kubeconfig has no cluster for its current context")
	}
	server, err := url.Parse(cluster.Server)
	if err != nil || server.Scheme != "https" || server.Hostname() == "" {
		return target{}, fmt.Errorf("kubeconfig's server %q is not an https URL", cluster.Server)
	}
	t := target{
		server: cluster.Server, host: strings.ToLower(server.Hostname()), port: 443,
		ca: cluster.CertificateAuthorityData, insecure: cluster.InsecureSkipTLSVerify, namespace: namespace,
		serverName: strings.ToLower(cluster.TLSServerName),
	}
	if server.Port() != "" {
		if t.port, err = strconv.Atoi(server.Port()); err != nil {
			return target{}, fmt.Errorf("kubeconfig's server %q has no valid port", cluster.Server)
		}
	}
	if user != nil {
		t.cert, t.key = user.ClientCertificateData, user.ClientKeyData
	}
	return t, nil
}

// Find gives the key in w of the cluster that a kubeconfig reaches and may
// administer. It fails as [Client] does.
func Find(w *world.World, kubeconfig []byte, from netpath.Source) (string, error) {
	t, err := parse(kubeconfig)
	if err != nil {
		return "", err
	}
	t.from = from
	c, err := t.locate(w)
	if err != nil {
		return "", err
	}
	if err := t.authenticate(c, time.Now()); err != nil {
		return "", err
	}
	return keyOf(w, c)
}

// Locate gives the key in w of the cluster whose API server answers at a host and
// port. It fails with [ErrUnreachable] where none does.
func Locate(w *world.World, host string, port int, from netpath.Source) (string, error) {
	t := target{server: "https://" + net.JoinHostPort(host, strconv.Itoa(port)), host: strings.ToLower(host), port: port, from: from}
	c, err := t.locate(w)
	if err != nil {
		return "", err
	}
	return keyOf(w, c)
}

func keyOf(w *world.World, c *world.Cluster) (string, error) {
	for key, known := range w.Clusters {
		if known == c {
			return key, nil
		}
	}
	return "", ErrUnreachable
}

// locate finds the cluster whose API server the target reaches in w.
func (t target) locate(w *world.World) (*world.Cluster, error) {
	if net.ParseIP(t.host) != nil {
		return t.dial(w)
	}
	c := t.named(w)
	if c == nil || booted(w, c) && !t.resolves(w) { // a private cluster's name stands in hosts files, and in no DNS
		if t.resolves(w) {
			return nil, fmt.Errorf("%w: Get %q: dial tcp %s: connect: connection refused", ErrUnreachable, t.server+"/version", t.address())
		}
		return nil, fmt.Errorf("%w: Get %q: dial tcp: lookup %s: no such host", ErrUnreachable, t.server+"/version", t.host)
	}
	if t.port != c.Port {
		return nil, fmt.Errorf("%w: Get %q: dial tcp %s: i/o timeout", ErrUnreachable, t.server+"/version", t.address())
	}
	if !alive(w, c) {
		return nil, fmt.Errorf("%w: Get %q: dial tcp %s: connect: connection refused", ErrUnreachable, t.server+"/version", t.address())
	}
	return c, nil
}

// named is a cluster that has the host as its endpoint, or nil.
func (t target) named(w *world.World) *world.Cluster {
	if c := w.Clusters[world.Key(t.host)]; c != nil {
		return c
	}
	for _, key := range slices.Sorted(maps.Keys(w.Clusters)) {
		if strings.EqualFold(w.Clusters[key].Endpoint, t.host) {
			return w.Clusters[key]
		}
	}
	return nil
}

// dial goes the way to an address: to a load balancer, past security groups, to the machines behind it.
func (t target) dial(w *world.World) (*world.Cluster, error) {
	get := fmt.Sprintf("Get %q", t.server+"/version")
	listeners, err := netpath.Dial(w, t.from, t.host, t.port)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, get, err)
	}
	if c := guest.Serving(w, listeners); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: %s: dial tcp %s: connect: connection refused", ErrUnreachable, get, t.address())
}

// booted says whether machines of this world run the control plane, rather than a test's.
func booted(w *world.World, c *world.Cluster) bool {
	return slices.ContainsFunc(c.Masters, func(id string) bool { return w.Guests[world.Key(id)] != nil })
}

func (t target) address() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

// resolves tells whether a public address carries the host as its name.
func (t target) resolves(w *world.World) bool {
	for _, r := range w.Resources {
		if !strings.EqualFold(r.Type, "Microsoft.Network/publicIPAddresses") {
			continue
		}
		if settings, ok := r.Outputs["dnsSettings"].(map[string]any); ok {
			if fqdn, _ := settings["fqdn"].(string); strings.EqualFold(fqdn, t.host) {
				return true
			}
		}
	}
	return false
}

// alive tells whether any machine of the control plane still exists.
func alive(w *world.World, c *world.Cluster) bool {
	if len(c.Masters) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Masters, func(id string) bool { return w.Find(id) != nil })
}

// authenticate checks both sides of the TLS connection: the kubeconfig must
// trust the cluster's certificate authority, and the cluster must trust the
// client's certificate.
func (t target) authenticate(c *world.Cluster, now time.Time) error {
	fail := func(cause string) error {
		return fmt.Errorf("%w: Get %q: tls: failed to verify certificate: %s", ErrUnreachable, t.server+"/version", cause)
	}
	ca, err := certificate([]byte(c.CACert))
	if err != nil {
		return fmt.Errorf("certificate authority of cluster %s: %w", c.Name, err)
	}
	if !t.insecure {
		trusted, err := certificate(t.ca)
		if err != nil || !trusted.Equal(ca) {
			return fail("x509: certificate signed by unknown authority")
		}
		if now.After(ca.NotAfter) {
			return fail("x509: certificate has expired or is not yet valid")
		}
		if names := c.CertificateNames; len(names) > 0 && !slices.Contains(names, cmp.Or(t.serverName, t.host)) {
			return fail(fmt.Sprintf("x509: certificate is valid for %s, not %s", strings.Join(names, ", "), cmp.Or(t.serverName, t.host)))
		}
	}
	if len(t.cert) == 0 {
		return fmt.Errorf("%w: the kubeconfig has no client certificate", ErrUnauthorized)
	}
	pair, err := tls.X509KeyPair(t.cert, t.key)
	if err != nil {
		return errors.New("kubeconfig's client certificate and key do not belong together")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fmt.Errorf("kubeconfig's client certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return fmt.Errorf("%w: the client certificate does not verify: %w", ErrUnauthorized, err)
	}
	return authorize(leaf)
}

// authorize lets cluster administrators in. The emulator has no other users.
func authorize(leaf *x509.Certificate) error {
	for _, group := range leaf.Subject.Organization {
		if group == "system:masters" || group == "kubeadm:cluster-admins" {
			return nil
		}
	}
	return fmt.Errorf("%w: User %q cannot list resource \"namespaces\" in API group \"\" at the cluster scope", ErrForbidden, leaf.Subject.CommonName)
}

func certificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no PEM certificate found")
	}
	return x509.ParseCertificate(block.Bytes)
}
