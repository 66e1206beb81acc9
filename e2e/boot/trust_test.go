//go:build e2e && linux

package boot

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
)

const pkiDir = "/etc/kubernetes/pki/"

// authorityFiles are where masters have the declared authorities.
var authorityFiles = map[string]string{"ca": "ca.crt", "front-proxy-ca": "front-proxy-ca.crt", "etcd-ca": "etcd/ca.crt"}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("no certificate: %.60q", text)
	}
	return x509.ParseCertificate(block.Bytes)
}

func (s *site) certificate(machine, path string) (*x509.Certificate, error) {
	text, err := s.machines[machine].Read(path)
	if err != nil {
		return nil, err
	}
	certificate, err := parseCertificate(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", machine, path, err)
	}
	return certificate, nil
}

func authoritiesAreDeclared(_ context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		for name, file := range authorityFiles {
			got, err := s.certificate(m.Name, pkiDir+file)
			if err != nil {
				return err
			}
			want, err := parseCertificate(s.Authorities[name])
			if err != nil {
				return err
			}
			if !got.Equal(want) {
				return fmt.Errorf("%s: %s is not the declared %s", m.Name, file, name)
			}
		}
		key, err := s.machines[m.Name].Read(pkiDir + "sa.key")
		if err != nil {
			return err
		}
		if strings.TrimSpace(key) != strings.TrimSpace(s.Keys["service-account"]) {
			return fmt.Errorf("%s: sa.key is not the declared key", m.Name)
		}
	}
	return nil
}

// certificateHasNames asks each API server for its certificate: it has the names
// and addresses that it should, and no other.
func certificateHasNames(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		certificate, err := presented(ctx, s, netip.AddrPortFrom(m.Address, 6443).String())
		if err != nil {
			return err
		}
		want := append([]string{
			m.Name, s.Endpoint, s.NodesAddress().String(), "localhost", "127.0.0.1", s.serviceIP,
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		}, s.names...)
		for _, other := range s.Masters() {
			want = append(want, other.Address.String())
		}
		got := slices.Clone(certificate.DNSNames)
		for _, address := range certificate.IPAddresses {
			got = append(got, address.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s: the certificate has %v, and not %v", m.Name, got, want)
		}
	}
	return nil
}

// presented is the certificate that an API server shows, if it is one of the
// declared authority's.
func presented(ctx context.Context, s *site, address string) (*x509.Certificate, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.Authorities["ca"]))
	conn, err := s.network.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	client := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: s.Endpoint})
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return client.ConnectionState().PeerCertificates[0], nil
}

// certificatesFit looks at what kubeadm has made on the masters.
func certificatesFit(_ context.Context, _ *testing.T, s *site) error {
	server, client := x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth
	leaves := map[string][]x509.ExtKeyUsage{
		"apiserver.crt":                {server},
		"apiserver-kubelet-client.crt": {client},
		"apiserver-etcd-client.crt":    {client},
		"front-proxy-client.crt":       {client},
		"etcd/server.crt":              {server, client},
		"etcd/peer.crt":                {server, client},
		"etcd/healthcheck-client.crt":  {client},
	}
	for _, m := range s.Masters() {
		for file, usages := range leaves {
			certificate, err := s.certificate(m.Name, pkiDir+file)
			if err != nil {
				return err
			}
			days := time.Until(certificate.NotAfter).Hours() / 24
			if days < 364 || days > 366 {
				return fmt.Errorf("%s: %s is valid for another %.0f days", m.Name, file, days)
			}
			signs := certificate.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0
			if !slices.Equal(certificate.ExtKeyUsage, usages) || certificate.IsCA || signs {
				return fmt.Errorf("%s: %s is for %v", m.Name, file, certificate.ExtKeyUsage)
			}
		}
		for _, file := range authorityFiles {
			certificate, err := s.certificate(m.Name, pkiDir+file)
			if err != nil {
				return err
			}
			if years := time.Until(certificate.NotAfter).Hours() / 24 / 365; years < 9.9 || !certificate.IsCA {
				return fmt.Errorf("%s: %s is valid for %.1f years", m.Name, file, years)
			}
		}
	}
	return nil
}

func kubeletCertificatesFit(_ context.Context, _ *testing.T, s *site) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.Authorities["ca"]))
	for _, m := range s.Machines {
		certificate, err := s.certificate(m.Name, "/var/lib/kubelet/pki/kubelet-client-current.pem")
		if err != nil {
			return err
		}
		if certificate.Subject.CommonName != "system:node:"+m.Name || !slices.Equal(certificate.Subject.Organization, []string{"system:nodes"}) {
			return fmt.Errorf("%s: the kubelet is %s", m.Name, certificate.Subject)
		}
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// nodesAreNoAdmins asks the API server what a node may do, with the node's own
// kubeconfig.
func nodesAreNoAdmins(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Machines {
		for _, question := range [][]string{{"*", "*"}, {"list", "secrets"}, {"create", "clusterrolebindings"}} {
			out, err := s.machines[m.Name].Run(ctx, "kubectl", "--kubeconfig", "/etc/kubernetes/kubelet.conf",
				"auth", "can-i", question[0], question[1], "--all-namespaces")
			// kubectl's exit code is 1 when the answer is no. Warnings stand before the
			// answer, and a reason may stand behind it.
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if answer := lines[len(lines)-1]; answer != "no" && !strings.HasPrefix(answer, "no - ") {
				return fmt.Errorf("%s may %v: %s %w", m.Name, question, out, err)
			}
		}
		if m.Master {
			continue
		}
		found, err := s.machines[m.Name].Run(ctx, "sh", "-c",
			`find /etc/kubernetes -name "*.key" -o -name "*admin.conf" -o -name "*bootstrap-kubelet.conf"`)
		if err != nil || strings.TrimSpace(found) != "" {
			return fmt.Errorf("%s holds %s: %w", m.Name, found, err)
		}
	}
	return nil
}

// adminIsRenewable makes another certificate like the kubeconfig's, with the key
// that the state holds, and works with it.
func adminIsRenewable(ctx context.Context, _ *testing.T, s *site) error {
	authority, err := tls.X509KeyPair([]byte(s.Authorities["ca"]), []byte(s.Keys["ca"]))
	if err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	config, err := clientcmd.Load(s.kubeconfig)
	if err != nil {
		return err
	}
	for _, user := range config.AuthInfos {
		old, err := parseCertificate(string(user.ClientCertificateData))
		if err != nil {
			return err
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
			Subject: old.Subject, KeyUsage: old.KeyUsage, ExtKeyUsage: old.ExtKeyUsage,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, key.Public(), authority.PrivateKey)
		if err != nil {
			return err
		}
		user.ClientCertificateData = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		user.ClientKeyData = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	}
	rest, err := clientcmd.NewDefaultClientConfig(*config, nil).ClientConfig()
	if err != nil {
		return err
	}
	rest.Dial = s.network.Dial
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return err
	}
	return mayDoEverything(ctx, client)
}

func mayDoEverything(ctx context.Context, client kubernetes.Interface) error {
	review, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "*", Group: "*", Resource: "*"}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if !review.Status.Allowed {
		return errors.New("the renewed certificate is no admin's")
	}
	return nil
}

func tokenDoesNotExpire(ctx context.Context, t *testing.T, s *site) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(token, ".")
	secret, err := s.client(t).CoreV1().Secrets("kube-system").Get(ctx, "bootstrap-token-"+id, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if _, expires := secret.Data["expiration"]; expires {
		return errors.New("the bootstrap token expires")
	}
	return nil
}

// secretsAreGone searches all that was written on a machine, but for etcd's disk
// and, on a master, the directory where Kubernetes needs the keys. The custom data
// itself is looked for in each form that the Azure agent and cloud-init keep.
func secretsAreGone(ctx context.Context, _ *testing.T, s *site) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	words := []string{token}
	for _, key := range s.Keys {
		words = append(words, strings.Split(strings.TrimSpace(key), "\n")[5])
	}
	for _, m := range s.Machines {
		if m.Windows {
			continue
		}
		if there, err := s.machines[m.Name].Has("/var/lib/hybridcluster/pki"); there || err != nil {
			return fmt.Errorf("%s: the copy of the keys is still there: %w", m.Name, err)
		}
		// A document that is compressed holds no word in clear: its copies have to go
		// as they are, and in base64.
		if err := copiesAreGone(s.machines[m.Name], m.CustomData); err != nil {
			return err
		}
		encoded := base64.StdEncoding.EncodeToString(m.CustomData)
		found, err := written(ctx, s.machines[m.Name], append(slices.Clone(words), encoded[:64], encoded[len(encoded)/2:][:64])...)
		if err != nil || found != "" {
			return fmt.Errorf("%s: a secret stands in %s: %w", m.Name, found, err)
		}
		// The search must be able to find something.
		if found, err = written(ctx, s.machines[m.Name], "caCertHashes", "bootstrapTokens"); !strings.Contains(found, bootstrap.KubeadmConfigPath) {
			return fmt.Errorf("%s: the search finds nothing: %s %w", m.Name, found, err)
		}
	}
	return nil
}

// copiesAreGone reads every file that held the custom data.
func copiesAreGone(m *machine.Machine, data []byte) error {
	copies, err := m.Files(machine.CopiesOfCustomData()...)
	if err != nil {
		return err
	}
	if len(copies) == 0 {
		return fmt.Errorf("%s: no file is left to look at", m.Name)
	}
	for _, path := range copies {
		content, err := m.Read(path)
		if err != nil {
			return err
		}
		if strings.Contains(content, string(data[len(data)/2:][:32])) {
			return fmt.Errorf("%s: %s still holds the custom data", m.Name, path)
		}
	}
	return nil
}

// written lists the files that were written on a machine and hold one of some
// words.
func written(ctx context.Context, m *machine.Machine, words ...string) (string, error) {
	const search = `dirs=$1; shift; find $dirs -type f -not -path "/etc/kubernetes/pki/*" ` +
		`-exec grep --files-with-matches --text --fixed-strings "$@" {} + ; true`
	arguments := []string{"sh", "-c", search, "search", strings.Join(machine.WrittenDirs(), " ")}
	for _, word := range words {
		arguments = append(arguments, "--regexp="+word)
	}
	return m.Run(ctx, arguments...)
}
