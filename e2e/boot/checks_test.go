//go:build e2e && linux

package boot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

// namespaceOfProofs is one that every cluster has.
const namespaceOfProofs = "default"

func apiIsReady(ctx context.Context, t *testing.T, s *site) error {
	body, err := s.client(t).RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	if err != nil {
		return err
	}
	if string(body) != "ok" {
		return fmt.Errorf("/readyz: %s", body)
	}
	if host := s.config(t).Host; host != fmt.Sprintf("https://%s:%d", s.Endpoint, s.Rule.FrontendPort) {
		return fmt.Errorf("the kubeconfig leads to %s", host)
	}
	return nil
}

func apiTakesWrites(ctx context.Context, t *testing.T, s *site) error {
	maps := s.client(t).CoreV1().ConfigMaps(namespaceOfProofs)
	made, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "proof-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return maps.Delete(ctx, made.Name, metav1.DeleteOptions{})
}

// askEtcd asks the etcd of a master as its API server does.
func askEtcd(ctx context.Context, s *site, master, path string, answer any) error {
	const pki = "/etc/kubernetes/pki/"
	out, err := s.machines[master].Run(ctx, "curl", "--fail", "--silent", "--show-error", "--max-time", "5",
		"--cacert", pki+"etcd/ca.crt", "--cert", pki+"apiserver-etcd-client.crt", "--key", pki+"apiserver-etcd-client.key",
		"--data", "{}", "https://127.0.0.1:2379"+path)
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return json.Unmarshal([]byte(out), answer)
}

func etcdHasAllMasters(ctx context.Context, _ *testing.T, s *site) error {
	var want []string
	for _, m := range s.Masters() {
		want = append(want, m.Name)
	}
	for _, m := range s.Masters() {
		var list struct {
			Members []struct {
				Name    string `json:"name"`
				Learner bool   `json:"isLearner"`
			} `json:"members"`
		}
		if err := askEtcd(ctx, s, m.Name, "/v3/cluster/member/list", &list); err != nil {
			return err
		}
		var got []string
		for _, member := range list.Members {
			got = append(got, member.Name)
			if member.Learner {
				return fmt.Errorf("%s: %s has no vote", m.Name, member.Name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s: the members are %v, and the masters %v", m.Name, got, want)
		}
	}
	return nil
}

func componentsAreHealthy(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Machines {
		addresses := []string{"http://127.0.0.1:10248/healthz"}
		if m.Master {
			addresses = append(addresses, "https://127.0.0.1:10257/healthz", "https://127.0.0.1:10259/healthz",
				"http://127.0.0.1:2381/readyz", "https://127.0.0.1:6443/livez")
		}
		for _, address := range addresses {
			// The certificates are the components' own: it is their health that is asked for.
			if out, err := s.machines[m.Name].Run(ctx, "curl", "--fail", "--silent", "--insecure", "--max-time", "5", address); err != nil {
				return fmt.Errorf("%s: %w: %s", address, err, out)
			}
		}
	}
	return nil
}

func staticPodsRun(ctx context.Context, t *testing.T, s *site) error {
	pods, err := s.client(t).CoreV1().Pods("kube-system").List(ctx, metav1.ListOptions{LabelSelector: "tier=control-plane"})
	if err != nil {
		return err
	}
	ready := map[string]bool{}
	for _, pod := range pods.Items {
		// What ran before the machine was started is its predecessor's.
		if !runsSince(pod, s.machines[pod.Spec.NodeName].Started) {
			continue
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				ready[pod.Name] = true
			}
		}
	}
	for _, m := range s.Masters() {
		for _, component := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
			if !ready[component+"-"+m.Name] {
				return fmt.Errorf("the pod %s-%s is not ready; ready are %v", component, m.Name, ready)
			}
		}
	}
	return nil
}

// runsSince says whether all containers of a pod run, and were started after a time.
func runsSince(pod corev1.Pod, start time.Time) bool {
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Running == nil || status.State.Running.StartedAt.Time.Before(start.Truncate(time.Second)) {
			return false
		}
	}
	return len(pod.Status.ContainerStatuses) > 0
}

// mastersReachTheBalancersAddress asks each master for the API by the address of the
// internal load balancer, as pods do that have the hosts file of their start, and
// Calico. The load balancer loses what it leads back to its sender.
func mastersReachTheBalancersAddress(ctx context.Context, t *testing.T, s *site) error {
	t.Helper()
	if !s.Internal.IsValid() {
		return errors.New("no internal load balancer is declared")
	}
	for _, m := range s.Masters() {
		for range 2 * len(s.Masters()) {
			out, err := s.machines[m.Name].Run(ctx, "curl", "--silent", "--show-error", "--fail", "--max-time", "5", "--noproxy", "*",
				"--resolve", fmt.Sprintf("%s:%d:%s", s.Endpoint, s.Rule.FrontendPort, s.Internal),
				"--cacert", pkiDir+"ca.crt", fmt.Sprintf("https://%s:%d/readyz", s.Endpoint, s.Rule.FrontendPort))
			if err != nil || out != "ok" {
				return fmt.Errorf("%s: %w: %s", m.Name, err, out)
			}
		}
	}
	return nil
}

// mastersReachThemselves asks each master for the API by its declared name, more
// often than there are masters behind the load balancer.
func mastersReachThemselves(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		for range 2 * len(s.Masters()) {
			out, err := s.machines[m.Name].Run(ctx, "curl", "--silent", "--show-error", "--fail", "--max-time", "5",
				"--cacert", pkiDir+"ca.crt", fmt.Sprintf("https://%s:%d/readyz", s.Endpoint, s.Rule.FrontendPort))
			if err != nil || out != "ok" {
				return fmt.Errorf("%w: %s", err, out)
			}
		}
	}
	return nil
}

func hostKeysAreThere(_ context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Machines {
		if m.Windows {
			continue // Windows' documents run on Linux in part only
		}
		key, err := s.machines[m.Name].Read("/etc/ssh/ssh_host_ed25519_key.pub")
		if err != nil || !strings.HasPrefix(key, "ssh-ed25519 ") {
			return fmt.Errorf("machine %s has the host key %q: %w", m.Name, key, err)
		}
	}
	return nil
}

func nodesAreThere(ctx context.Context, t *testing.T, s *site) error {
	nodes, err := s.client(t).CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(nodes.Items) != len(s.Machines) {
		return fmt.Errorf("%d nodes for %d machines", len(nodes.Items), len(s.Machines))
	}
	for _, m := range s.Machines {
		node, err := s.client(t).CoreV1().Nodes().Get(ctx, m.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		// The node may be older than its machine; what the machine says of it is not.
		lease, err := s.client(t).CoordinationV1().Leases("kube-node-lease").Get(ctx, m.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(s.machines[m.Name].Started) {
			return fmt.Errorf("node %s has said nothing since its machine was started", m.Name)
		}
		_, isMaster := node.Labels["node-role.kubernetes.io/control-plane"]
		// The cloud provider takes the first taint away, and there is none here.
		faults := []error{has(node, "node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule")}
		if m.Master {
			faults = append(faults, has(node, "node-role.kubernetes.io/control-plane:NoSchedule"))
		}
		if isMaster != m.Master {
			faults = append(faults, fmt.Errorf("node %s: labels %v", m.Name, node.Labels))
		}
		if err := errors.Join(faults...); err != nil {
			return err
		}
	}
	return nil
}

// has wants a taint on a node.
func has(node *corev1.Node, taint string) error {
	var all []string
	for _, t := range node.Spec.Taints {
		all = append(all, t.ToString())
	}
	if !slices.Contains(all, taint) {
		return fmt.Errorf("node %s has the taints %v, and not %s", node.Name, all, taint)
	}
	return nil
}

// labelled wants labels on a node.
func labelled(node *corev1.Node, labels map[string]string) error {
	for key, value := range labels {
		if node.Labels[key] != value {
			return fmt.Errorf("node %s: label %s is %q, and not %q", node.Name, key, node.Labels[key], value)
		}
	}
	return nil
}

// nodeOf finds the one node of a pool.
func nodeOf(ctx context.Context, t *testing.T, s *site, pool string) (*corev1.Node, error) {
	nodes, err := s.client(t).CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "agentpool=" + pool})
	if err != nil {
		return nil, err
	}
	if len(nodes.Items) != 1 {
		return nil, fmt.Errorf("pool %s has %d nodes", pool, len(nodes.Items))
	}
	return &nodes.Items[0], nil
}

func linuxNodeIsAsDeclared(ctx context.Context, t *testing.T, s *site) error {
	node, err := nodeOf(ctx, t, s, "lin")
	if err != nil {
		return err
	}
	if pods := node.Status.Capacity.Pods().Value(); pods != 42 {
		return fmt.Errorf("the node takes %d pods", pods)
	}
	return errors.Join(has(node, "dedicated=batch:NoSchedule"), labelled(node, map[string]string{"example.com/team": "web"}))
}

func windowsNodeIsAsDeclared(ctx context.Context, t *testing.T, s *site) error {
	node, err := nodeOf(ctx, t, s, "win")
	if err != nil {
		return err
	}
	return errors.Join(has(node, "os=windows:NoSchedule"), labelled(node, map[string]string{"example.com/team": "desktop"}))
}

func scaleSetNodeIsNamed(ctx context.Context, t *testing.T, s *site) error {
	node, err := nodeOf(ctx, t, s, "set")
	if err != nil {
		return err
	}
	if !strings.HasSuffix(node.Name, "000000") {
		return fmt.Errorf("the node is called %s", node.Name)
	}
	return nil
}

func customFileIsThere(_ context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		if text, err := s.machines[m.Name].Read("/etc/example/motd"); err != nil || text != "hello\n" {
			return fmt.Errorf("the file holds %q: %w", text, err)
		}
	}
	return nil
}

func auditLogIsWritten(_ context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		text, err := s.machines[m.Name].Read("/var/log/kubeaudit/audit.log")
		if err != nil || !strings.Contains(text, `"level":"Metadata"`) {
			return fmt.Errorf("%s has no audit log of its policy: %w", m.Name, err)
		}
	}
	return nil
}

func onlyListedWasFetched(_ context.Context, t *testing.T, s *site) error {
	var files, images []string
	for _, a := range artifacts(t) {
		switch {
		case a.OS != apimodel.Linux:
		case a.Kind == bootstrap.Image:
			images = append(images, imageOfPrograms(t, a.URL))
		case a.Kind == bootstrap.File:
			files = append(files, a.URL, a.Checksum)
		case a.Kind == bootstrap.Key:
			files = append(files, a.URL)
		}
	}
	slices.Sort(files)
	if asked := s.publishers.Asked(); !slices.Equal(asked, files) {
		return fmt.Errorf("the machines asked for %v, and the list has %v", asked, files)
	}
	for _, name := range s.network.UnknownNames() {
		// kubeadm looks whether a machine's own name is known.
		if s.machines[name] == nil {
			return fmt.Errorf("a machine looked for %s", name)
		}
	}
	for _, m := range s.Machines {
		if err := onlyListedImages(s.machines[m.Name], images, m.Master); err != nil {
			return err
		}
	}
	return nil
}

// imageOfPrograms is an image of the list, without a tag where kubeadm chooses it and
// is of another release than the documents.
func imageOfPrograms(t *testing.T, image string) string {
	t.Helper()
	version := "v" + release(t).Kubernetes
	if name, tag, _ := strings.Cut(image, ":"); version != programs.Version && tag != version {
		return name
	}
	return image
}

// onlyListedImages wants each image of the list on a master, and no other
// anywhere. In the list an image without a tag is one whose tag kubeadm chooses.
func onlyListedImages(m *machine.Machine, listed []string, all bool) error {
	pulled, err := m.Pulled()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, image := range pulled {
		reference := image[:strings.LastIndex(image, ":")]
		if !slices.Contains(listed, image) && !slices.Contains(listed, reference) {
			return fmt.Errorf("%s pulled %s, which is not in the list", m.Name, image)
		}
		found[image], found[reference] = true, true
	}
	for _, image := range listed {
		if all && !found[image] {
			return fmt.Errorf("%s did not pull %s", m.Name, image)
		}
	}
	return nil
}

func extensionsSucceed(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Machines {
		if m.Windows {
			continue
		}
		out, err := s.machines[m.Name].Run(ctx, "sh", "-c", m.Command)
		if err != nil || out != "node bootstrapped\n" {
			return fmt.Errorf("%s: %q: %w", m.Name, out, err)
		}
	}
	return nil
}

func secondRunDoesNothing(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Machines {
		if m.Windows {
			continue
		}
		before := bootLog(s.machines[m.Name])
		if out, err := s.machines[m.Name].Run(ctx, "/bin/bash", "/usr/local/lib/hybridcluster/bootstrap.sh"); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if after := bootLog(s.machines[m.Name]); after != before {
			return fmt.Errorf("%s: the log grew by %s", m.Name, strings.TrimPrefix(after, before))
		}
	}
	return nil
}
