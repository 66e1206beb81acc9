package nodelogs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

// Connect makes a client from a kubeconfig.
func Connect(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(kubeconfig))
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	// Logs are asked for one after another; the default of five a second is for
	// controllers.
	config.QPS, config.Burst = 50, 100
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	return client, nil
}

var errNotThere = errors.New("the kubelet does not give this log")

// kubelet asks a node's kubelet for a log. Files below its log folder it gives by
// default; what services say it gives where the cluster allows enableSystemLogQuery.
func (c *collector) kubelet(ctx context.Context, node string, s source) (string, error) {
	if c.o.Kubernetes == nil {
		return "", c.o.NoKubernetes
	}
	if s.path == "" && s.query == "" {
		return "", errNotThere
	}
	// A query goes to the folder itself, whose path ends in a slash.
	request := c.o.Kubernetes.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes/" + node + "/proxy/logs/" + s.path)
	if s.query != "" && s.path == "" {
		request = request.Param("query", s.query)
	}
	stream, err := request.Stream(ctx)
	if err != nil {
		return "", err
	}
	text, err := readEnd(stream)
	if s.path == "" && strings.HasPrefix(text, "<!doctype html>") || strings.HasPrefix(text, "<pre>") {
		// Without the log query the kubelet lists its folder, whatever was asked.
		return "", errNotThere
	}
	return text, err
}

func readEnd(stream io.ReadCloser) (string, error) {
	defer func() { _ = stream.Close() }()
	end := &tail{most: largest}
	_, err := io.Copy(end, stream)
	return end.String(), err
}

// folder holds what is Kubernetes' own. No node can have that name: it is no
// computer name of the cluster's.
const folder = "kubernetes"

// cluster takes events, the state of nodes and pods, and the logs of pods.
func (c *collector) cluster(ctx context.Context) error {
	if c.o.Kubernetes == nil {
		return c.keep(folder, "", "", c.o.NoKubernetes)
	}
	faults := []error{c.events(ctx), c.objects(ctx)}
	pods, err := c.o.Kubernetes.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return errors.Join(append(faults, c.keep(folder+"/pods", "", "", err))...)
	}
	for i := range pods.Items {
		faults = append(faults, c.pod(ctx, &pods.Items[i]))
	}
	return errors.Join(faults...)
}

func (c *collector) events(ctx context.Context) error {
	list, err := c.o.Kubernetes.CoreV1().Events("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return c.keep(folder+"/events.txt", "", "", err)
	}
	when := func(e corev1.Event) string {
		return cmp.Or(stamp(e.LastTimestamp), stamp(metav1.Time(e.EventTime)), stamp(e.FirstTimestamp), stamp(e.CreationTimestamp))
	}
	slices.SortStableFunc(list.Items, func(a, b corev1.Event) int { return strings.Compare(when(a), when(b)) })
	var b strings.Builder
	for _, e := range list.Items {
		fmt.Fprintf(&b, "%s %s %s %s/%s %s: %s\n", when(e), e.Type, e.InvolvedObject.Kind, e.InvolvedObject.Namespace, e.InvolvedObject.Name, e.Reason,
			strings.ReplaceAll(e.Message, "\n", " "))
	}
	return c.keep(folder+"/events.txt", folder, b.String(), nil)
}

func stamp(t metav1.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// objects are nodes alone: pods hold their settings, which may be secrets that
// nobody here knows.
func (c *collector) objects(ctx context.Context) error {
	list, err := c.o.Kubernetes.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return c.keep(folder+"/nodes.yaml", "", "", err)
	}
	for i := range list.Items {
		list.Items[i].ManagedFields = nil
	}
	text, err := yaml.Marshal(list.Items)
	return c.keep(folder+"/nodes.yaml", folder, string(text), err)
}

// pod takes the logs of its containers, and those of the run before where there was
// one.
func (c *collector) pod(ctx context.Context, pod *corev1.Pod) error {
	var faults []error
	for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		file := fmt.Sprintf("%s/pods/%s/%s/%s", folder, pod.Namespace, pod.Name, s.Name)
		if s.State.Waiting == nil || s.RestartCount > 0 {
			faults = append(faults, c.container(ctx, pod, s.Name, file+".log", false))
		} else {
			faults = append(faults, c.keep(file+".log", folder, fmt.Sprintf("[not started: %s %s]\n", s.State.Waiting.Reason, s.State.Waiting.Message), nil))
		}
		if s.RestartCount > 0 {
			faults = append(faults, c.container(ctx, pod, s.Name, file+".previous.log", true))
		}
	}
	return errors.Join(faults...)
}

func (c *collector) container(ctx context.Context, pod *corev1.Pod, container, file string, previous bool) error {
	ctx, cancel := context.WithTimeout(ctx, itemTime)
	defer cancel()
	stream, err := c.o.Kubernetes.CoreV1().Pods(pod.Namespace).
		GetLogs(pod.Name, &corev1.PodLogOptions{Container: container, Previous: previous, Timestamps: true}).Stream(ctx)
	if err != nil {
		return c.keep(file, "", "", err)
	}
	text, err := readEnd(stream)
	return c.keep(file, folder, text, err)
}
