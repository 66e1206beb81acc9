package guest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// kubeadm is the part of kubeadm's documents that matters here:
// https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
type kubeadm struct {
	init    *initConfiguration
	cluster clusterConfiguration
	join    *joinConfiguration
}

type initConfiguration struct {
	BootstrapTokens []struct {
		Token string `json:"token"`
	} `json:"bootstrapTokens"`
	LocalAPIEndpoint apiEndpoint      `json:"localAPIEndpoint"`
	NodeRegistration nodeRegistration `json:"nodeRegistration"`
}

type clusterConfiguration struct {
	ClusterName          string `json:"clusterName"`
	KubernetesVersion    string `json:"kubernetesVersion"`
	ControlPlaneEndpoint string `json:"controlPlaneEndpoint"`
	CertificatesDir      string `json:"certificatesDir"`
	Networking           struct {
		PodSubnet     string `json:"podSubnet"`
		ServiceSubnet string `json:"serviceSubnet"`
	} `json:"networking"`
	APIServer struct {
		CertSANs []string `json:"certSANs"`
	} `json:"apiServer"`
}

type joinConfiguration struct {
	Discovery struct {
		BootstrapToken *struct {
			Token                    string   `json:"token"`
			APIServerEndpoint        string   `json:"apiServerEndpoint"`
			CACertHashes             []string `json:"caCertHashes"`
			UnsafeSkipCAVerification bool     `json:"unsafeSkipCAVerification"`
		} `json:"bootstrapToken"`
		TLSBootstrapToken string `json:"tlsBootstrapToken"`
	} `json:"discovery"`
	ControlPlane *struct {
		LocalAPIEndpoint apiEndpoint `json:"localAPIEndpoint"`
		CertificateKey   string      `json:"certificateKey"`
	} `json:"controlPlane"`
	NodeRegistration nodeRegistration `json:"nodeRegistration"`
}

type apiEndpoint struct {
	AdvertiseAddress string `json:"advertiseAddress"`
	BindPort         int    `json:"bindPort"`
}

type nodeRegistration struct {
	Name string `json:"name"`
	// Taints nil means kubeadm's default, an empty list means none.
	Taints           *[]world.Taint `json:"taints"`
	KubeletExtraArgs extraArgs      `json:"kubeletExtraArgs"`
}

// extraArgs are flags by name. The last of a name wins, as on a command line.
type extraArgs map[string]string

// UnmarshalJSON reads the list of v1beta4.
func (a *extraArgs) UnmarshalJSON(data []byte) error {
	var list []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return errors.New("kubeletExtraArgs must be a list of names and values")
	}
	*a = extraArgs{}
	for _, arg := range list {
		(*a)[arg.Name] = arg.Value
	}
	return nil
}

const kubeadmGroup = "kubeadm.k8s.io/"

// understood are the API versions that the supported releases of kubeadm read.
func understood(version string) bool { return version == "v1beta4" || version == "v1" }

var token = regexp.MustCompile(`^([a-z0-9]{6})\.[a-z0-9]{16}$`)

// documentMark separates YAML documents.
var documentMark = regexp.MustCompile(`(?m)^---\s*$`)

// parseKubeadm reads a file for kubeadm, with one or more documents in it. Errors never quote the text: tokens are in it.
func parseKubeadm(text string) (*kubeadm, error) {
	var k kubeadm
	for _, document := range documentMark.Split(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		if err := k.read(document); err != nil {
			return nil, err
		}
	}
	if k.init == nil && k.join == nil {
		return nil, errors.New("no InitConfiguration or JoinConfiguration kind was found in the YAML file")
	}
	return &k, nil
}

func (k *kubeadm) read(document string) error {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal([]byte(document), &head); err != nil {
		return errors.New("unable to read the kubeadm configuration: it is not valid YAML")
	}
	version, ours := strings.CutPrefix(head.APIVersion, kubeadmGroup)
	if !ours {
		return nil // kubelet's, kube-proxy's, or nothing
	}
	if !understood(version) {
		return fmt.Errorf("your configuration file uses an old or unknown API spec: %q (kind: %q)", head.APIVersion, head.Kind)
	}
	var into any
	switch head.Kind {
	case "InitConfiguration":
		k.init = &initConfiguration{}
		into = k.init
	case "ClusterConfiguration":
		into = &k.cluster
	case "JoinConfiguration":
		k.join = &joinConfiguration{}
		into = k.join
	default:
		return nil
	}
	if err := yaml.Unmarshal([]byte(document), into); err != nil {
		return fmt.Errorf("unable to read the kubeadm configuration: %s does not have the fields of %s", head.Kind, head.APIVersion)
	}
	return nil
}

// tokens are the tokens of an InitConfiguration as the world keeps them.
func (c *initConfiguration) tokens() (ids, digests []string, err error) {
	for i, t := range c.BootstrapTokens {
		match := token.FindStringSubmatch(t.Token)
		if match == nil {
			return nil, nil, fmt.Errorf("bootstrapTokens[%d].token: the bootstrap token is not of the form [a-z0-9]{6}.[a-z0-9]{16}", i)
		}
		ids, digests = append(ids, match[1]), append(digests, world.Digest(t.Token))
	}
	return ids, digests, nil
}
