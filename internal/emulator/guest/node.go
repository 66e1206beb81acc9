package guest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const controlPlaneRole = "node-role.kubernetes.io/control-plane"

// register adds the node to its cluster as kubelet does.
func register(w *world.World, g *world.Guest, vm *world.Resource, c *world.Cluster) error {
	name := strings.ToLower(g.Plan.NodeName)
	if old := c.Node(name); old != nil && !strings.EqualFold(old.VMID, vm.ID) {
		return fatal{fmt.Errorf("error execution phase kubelet-start: a Node with name %q and status %q already exists in the cluster. "+
			"You must delete the existing Node or change the name of this new joining Node", name, "Ready")}
	}
	const longest = 63 // of a label's value, which the name of the host is
	if len(name) > longest {
		return fatal{fmt.Errorf("kubelet: unable to register node with API server: Node %q is invalid: metadata.labels: Invalid value: %q: "+
			"must be no more than %d characters", name, name, longest)}
	}
	if err := checkLabels(g.Plan.KubeletArgs["node-labels"]); err != nil {
		return err
	}
	registered, err := taints(g)
	if err != nil {
		return err
	}
	image, build := release(g.OS, vm)
	n := &world.Node{
		Name: name, VMID: vm.ID, Size: tree.String(vm.Outputs, "hardwareProfile", "vmSize"), OS: g.OS, Role: "worker", PrivateIP: netpath.PrivateAddress(w, vm.ID).String(),
		KubeletVersion: cmp.Or(g.Plan.Version, c.Version), OSImage: image, Build: build,
		Labels: labels(g, name, build), Taints: registered,
	}
	if g.Plan.Action != world.PlanJoin {
		n.Role = "control-plane"
		n.Labels[controlPlaneRole] = ""
		n.Labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
	}
	c.Nodes = slices.DeleteFunc(c.Nodes, func(old *world.Node) bool { return old.Name == name })
	c.Nodes = append(c.Nodes, n)
	if n.Role == "control-plane" && !slices.Contains(c.EtcdMembers, name) {
		c.EtcdMembers = append(c.EtcdMembers, name)
	}
	slices.SortFunc(c.Nodes, func(a, b *world.Node) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// labels: https://kubernetes.io/docs/reference/labels-annotations-taints/
func labels(g *world.Guest, name, build string) map[string]string {
	m := map[string]string{
		"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": g.OS,
		"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": g.OS,
	}
	if g.OS == Windows {
		m["node.kubernetes.io/windows-build"] = build
	}
	for pair := range strings.SplitSeq(g.Plan.KubeletArgs["node-labels"], ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			m[key] = value
		}
	}
	return m
}

// checkLabels: kubelet does not start with labels of Kubernetes' own namespaces but for a few:
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
func checkLabels(list string) error {
	for pair := range strings.SplitSeq(list, ",") {
		key, _, _ := strings.Cut(pair, "=")
		namespace, name, ok := strings.Cut(key, "/")
		if !ok || !inNamespace(namespace, "kubernetes.io") && !inNamespace(namespace, "k8s.io") {
			continue
		}
		own := inNamespace(namespace, "kubelet.kubernetes.io") || inNamespace(namespace, "node.kubernetes.io")
		known := slices.Contains([]string{
			"kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
		}, key)
		if !own && !known {
			return fatal{fmt.Errorf("failed to run Kubelet: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [%s/%s]", namespace, name)}
		}
	}
	return nil
}

func inNamespace(namespace, parent string) bool {
	return namespace == parent || strings.HasSuffix(namespace, "."+parent)
}

// taints: a kubelet whose cloud provider is external taints its node until that provider has seen it. Taints that are
// asked for twice are sent twice, and the API server takes no two of one key and effect.
func taints(g *world.Guest) ([]world.Taint, error) {
	all := slices.Clone(g.Plan.Taints)
	for text := range strings.SplitSeq(g.Plan.KubeletArgs["register-with-taints"], ",") {
		if t, ok := parseTaint(text); ok {
			all = append(all, t)
		}
	}
	if g.Plan.KubeletArgs["cloud-provider"] == "external" {
		all = append(all, world.Taint{Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: "NoSchedule"})
	}
	for i, t := range all {
		same := func(o world.Taint) bool { return o.Key == t.Key && o.Effect == t.Effect }
		if slices.ContainsFunc(all[:i], same) {
			return nil, fatal{fmt.Errorf("unable to register node with API server: Node %q is invalid: metadata.taints[%d]: "+
				"Duplicate value: %q: taints must be unique by key and effect pair", g.Plan.NodeName, i, t.Key)}
		}
	}
	return append(all, world.Taint{Key: "node.kubernetes.io/not-ready", Effect: "NoSchedule"}), nil
}

// parseTaint reads key=value:effect and key:effect.
func parseTaint(text string) (world.Taint, bool) {
	rest, effect, ok := strings.Cut(text, ":")
	if !ok {
		return world.Taint{}, false
	}
	key, value, _ := strings.Cut(rest, "=")
	return world.Taint{Key: key, Value: value, Effect: effect}, key != ""
}

// release is what kubelet reports about the operating system, from the machine's image.
func release(system string, vm *world.Resource) (image, build string) {
	reference := tree.Map(vm.Outputs, "storageProfile", "imageReference")
	text := strings.ToLower(strings.Join([]string{
		tree.String(reference, "offer"), tree.String(reference, "sku"), tree.String(reference, "id"),
		tree.String(reference, "communityGalleryImageId"),
	}, " "))
	table := []struct{ mark, image, build string }{
		{"2019", "Windows Server 2019 Datacenter", "10.0.17763"},
		{"2022", "Windows Server 2022 Datacenter", "10.0.20348"},
		{"2025", "Windows Server 2025 Datacenter", "10.0.26100"},
	}
	if system != Windows {
		table = []struct{ mark, image, build string }{
			{"24_04", "Ubuntu 24.04 LTS", "6.8.0-azure"}, {"2404", "Ubuntu 24.04 LTS", "6.8.0-azure"},
			{"22_04", "Ubuntu 22.04 LTS", "5.15.0-azure"}, {"2204", "Ubuntu 22.04 LTS", "5.15.0-azure"},
		}
	}
	for _, row := range table {
		if strings.Contains(text, row.mark) {
			return row.image, row.build
		}
	}
	if system == Windows {
		return "Windows Server Datacenter", "10.0.20348"
	}
	return "Linux", "6.8.0-azure"
}
