package guest

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// The operating systems of guests, as Kubernetes spells them.
const (
	Linux   = "linux"
	Windows = "windows"
)

const apiPort = 6443

// Read gives what a machine of that operating system and computer name does with its custom data. It never fails:
// custom data that cannot work gives a plan that says so when it is carried out, as on a real machine.
func Read(system, computer string, customData []byte) world.Plan {
	var plan world.Plan
	var err error
	if system == Windows {
		plan, err = readWindows(customData)
	} else {
		plan, err = readLinux(customData)
	}
	if err != nil {
		return world.Plan{Action: world.PlanBroken, Problem: err.Error()}
	}
	for p := &plan; p != nil && p.Action != world.PlanNone; p = p.Rejoin {
		if p.NodeName == "" {
			p.NodeName = strings.ToLower(computer) // kubeadm takes the host name
		}
	}
	return plan
}

func readLinux(customData []byte) (world.Plan, error) {
	machine, err := readCloudConfig(customData)
	if err != nil || machine == nil {
		return world.Plan{Action: world.PlanNone}, err
	}
	texts := machine.running()
	script := strings.Join(inOrder(texts), "\n")
	if !runsKubeadm(script) {
		return world.Plan{Action: world.PlanNone}, nil
	}
	var first, rejoin *kubeadm // a document for kubeadm init goes before those for a join
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if !strings.Contains(texts[name], kubeadmGroup) || !startsDocument(texts[name]) {
			continue
		}
		k, err := parseKubeadm(texts[name])
		if err != nil {
			return world.Plan{}, fmt.Errorf("%s: %w", name, err)
		}
		if first == nil || first.init == nil && k.init != nil {
			first = k
		}
		if k.init == nil && k.join.ControlPlane != nil {
			rejoin = k
		}
	}
	if first == nil {
		return world.Plan{Action: world.PlanNone}, nil
	}
	return machine.plan(first, rejoin, script)
}

// plan is what the machine does with a document of kubeadm's. An init may have another one beside it, for the case that the
// cluster is there.
func (m *linux) plan(k, rejoin *kubeadm, script string) (world.Plan, error) {
	plan, err := k.plan(m.files, script)
	if err != nil {
		return plan, err
	}
	m.surroundings(&plan, script)
	if plan.Action == world.PlanInit && rejoin != nil {
		again, err := rejoin.plan(m.files, script)
		if err != nil {
			return again, err
		}
		m.surroundings(&again, script)
		plan.Rejoin = &again
	}
	return plan, nil
}

// runsKubeadm says whether a script has the program's name in it, other than as the group of its documents.
func runsKubeadm(script string) bool {
	return strings.Contains(strings.ReplaceAll(script, kubeadmGroup, ""), "kubeadm")
}

func inOrder(texts map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		out = append(out, texts[name])
	}
	return out
}

// documentStart is a kubeadm document's first field at the beginning of a line; a script only mentions it.
var documentStart = regexp.MustCompile(`(?m)^apiVersion:\s*["']?kubeadm\.k8s\.io/`)

func startsDocument(text string) bool { return documentStart.MatchString(text) }

var (
	literalString    = regexp.MustCompile(`(?s)@'[ \t]*\r?\n(.*?)\r?\n'@`)
	expandableString = regexp.MustCompile(`(?s)@"[ \t]*\r?\n(.*?)\r?\n"@`)
	encodedString    = regexp.MustCompile(`[A-Za-z0-9+/]{64,}={0,2}`)
)

// readWindows finds the JoinConfiguration in a PowerShell script: a here-string, or something in base64.
func readWindows(script []byte) (world.Plan, error) {
	text := string(script)
	if !runsKubeadm(text) {
		return world.Plan{Action: world.PlanNone}, nil
	}
	for _, candidate := range embedded(text) {
		if !startsDocument(candidate) {
			continue
		}
		k, err := parseKubeadm(candidate)
		if err != nil {
			return world.Plan{}, err
		}
		if k.init != nil {
			return world.Plan{}, errors.New("a control plane cannot run on Windows")
		}
		plan, err := k.plan(nil, text)
		plan.Hosts = windowsHosts(text)
		return plan, err
	}
	return world.Plan{Action: world.PlanNone}, nil
}

func embedded(text string) []string {
	var out []string
	for _, pattern := range []*regexp.Regexp{literalString, expandableString} {
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			out = append(out, match[1])
		}
	}
	for _, match := range encodedString.FindAllString(text, -1) {
		if data, err := base64.StdEncoding.DecodeString(match); err == nil {
			if plain, err := gunzip(data); err == nil {
				out = append(out, string(plain))
			}
		}
	}
	return out
}

func (k *kubeadm) plan(files map[string]string, script string) (world.Plan, error) {
	if k.init != nil {
		return k.planInit(files, script)
	}
	return k.planJoin(files, script)
}

func (k *kubeadm) planInit(files map[string]string, script string) (world.Plan, error) {
	ids, digests, err := k.init.tokens()
	if err != nil {
		return world.Plan{}, err
	}
	ca, err := authorities(files, k.cluster.CertificatesDir)
	if err != nil {
		return world.Plan{}, err
	}
	plan := world.Plan{
		Action: world.PlanInit, CACert: ca, TokenIDs: ids, TokenDigests: digests,
		ClusterName: k.cluster.ClusterName, Version: k.cluster.KubernetesVersion,
		PodCIDR: k.cluster.Networking.PodSubnet, ServiceCIDR: k.cluster.Networking.ServiceSubnet,
		Endpoint: k.cluster.ControlPlaneEndpoint, CertificateNames: k.cluster.APIServer.CertSANs,
		AdvertiseAddress: k.init.LocalAPIEndpoint.AdvertiseAddress, BindPort: k.init.LocalAPIEndpoint.BindPort,
		Shared: shared(files, k.cluster.CertificatesDir),
	}
	if plan.ClusterName == "" {
		plan.ClusterName = "kubernetes"
	}
	if plan.ServiceCIDR == "" {
		plan.ServiceCIDR = "10.96.0.0/12"
	}
	if plan.BindPort == 0 {
		plan.BindPort = apiPort
	}
	if plan.Version == "" {
		plan.Version = kubeletVersion(script)
	}
	k.init.NodeRegistration.into(&plan, true)
	return plan, nil
}

func (k *kubeadm) planJoin(files map[string]string, script string) (world.Plan, error) {
	discovery := k.join.Discovery.BootstrapToken
	if discovery == nil {
		return world.Plan{}, errors.New("discovery.bootstrapToken: no bootstrap token was given, and discovery by file is not emulated")
	}
	match := token.FindStringSubmatch(discovery.Token)
	if match == nil {
		return world.Plan{}, errors.New("discovery.bootstrapToken.token: the bootstrap token is not of the form [a-z0-9]{6}.[a-z0-9]{16}")
	}
	if len(discovery.CACertHashes) == 0 && !discovery.UnsafeSkipCAVerification {
		return world.Plan{}, errors.New("discovery.bootstrapToken: using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification to continue")
	}
	plan := world.Plan{
		Action: world.PlanJoin, Endpoint: discovery.APIServerEndpoint, CAHashes: discovery.CACertHashes,
		TokenIDs: match[1:2], TokenDigests: []string{world.Digest(discovery.Token)}, Version: kubeletVersion(script),
	}
	if bootstrap := k.join.Discovery.TLSBootstrapToken; bootstrap != "" && bootstrap != discovery.Token {
		plan.TokenDigests = append(plan.TokenDigests, world.Digest(bootstrap))
	}
	controlPlane := k.join.ControlPlane != nil
	if controlPlane {
		if err := k.planControlPlane(&plan, files); err != nil {
			return world.Plan{}, err
		}
	}
	k.join.NodeRegistration.into(&plan, controlPlane)
	return plan, nil
}

// planControlPlane adds what a further master does. It brings the keys along; that it downloads them with a certificate key
// is not emulated.
func (k *kubeadm) planControlPlane(plan *world.Plan, files map[string]string) error {
	if k.join.ControlPlane.CertificateKey != "" {
		return errors.New("controlPlane.certificateKey: downloading the control plane's certificates is not emulated; write them to the machine")
	}
	if err := checkShared(files); err != nil {
		return err
	}
	ca, err := authorities(files, "")
	if err != nil {
		return err
	}
	local := k.join.ControlPlane.LocalAPIEndpoint
	plan.Action, plan.CACert, plan.Shared = world.PlanJoinControlPlane, ca, shared(files, "")
	plan.AdvertiseAddress, plan.BindPort = local.AdvertiseAddress, cmp.Or(local.BindPort, apiPort)
	return nil
}

func (r nodeRegistration) into(plan *world.Plan, controlPlane bool) {
	plan.NodeName, plan.KubeletArgs = r.Name, r.KubeletExtraArgs
	switch {
	case r.Taints != nil:
		plan.Taints = *r.Taints
	case controlPlane:
		plan.Taints = []world.Taint{{Key: controlPlaneRole, Effect: "NoSchedule"}}
	}
}

// versions finds which kubelet a script installs.
var versions = []*regexp.Regexp{
	regexp.MustCompile(`dl\.k8s\.io/(?:release/)?v(1\.\d+\.\d+)`),
	regexp.MustCompile(`kube(?:let|adm)[=-]v?(1\.\d+\.\d+)`),
	regexp.MustCompile(`(?i)kube[a-z_]*version\W+v?(1\.\d+\.\d+)`),
}

func kubeletVersion(script string) string {
	for _, pattern := range versions {
		if match := pattern.FindStringSubmatch(script); match != nil {
			return "v" + match[1]
		}
	}
	return ""
}
