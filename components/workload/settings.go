package workload

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
)

// Settings are what may be said about the workload. The zero value is the sample.
type Settings struct {
	// Image is the container's image. Empty is the sample that fits the nodes.
	Image string
	// Port is where the container serves HTTP; 0 is the sample's own port, and 80 of
	// another image.
	Port int
	// Replicas is the number of pods, and the least where they are scaled; 0 is 3.
	Replicas int
	// Autoscaling scales the pods; nil keeps their number.
	Autoscaling *Autoscaling
	// Requests and Limits are of each pod. What is empty is the sample's.
	Requests, Limits Resources
	// NodeSelector narrows down the Windows nodes, by labels.
	NodeSelector map[string]string
	// Internal gives the Service an address of the virtual network and no public one.
	Internal bool
	// SourceCIDRs may reach the Service; all that can may by default.
	SourceCIDRs []string
	// PullSecret is the login to the image's registry, as Docker's client keeps it; empty
	// for none. It is a secret.
	PullSecret string
}

// Autoscaling scales pods with their use of CPU. It needs metrics-server.
type Autoscaling struct {
	// MaxReplicas is the most pods.
	MaxReplicas int
	// CPUPercent is the use, in per cent of the request, that is aimed at; 0 is 70.
	CPUPercent int
}

// Resources are quantities of Kubernetes, such as "100m" and "300M".
type Resources struct {
	CPU    string `json:"cpu,omitempty"`
	Memory string `json:"memory,omitempty"`
}

// The tutorial's numbers.
const (
	defaultReplicas   = 3
	defaultCPUPercent = 70
	servicePort       = 80
	// otherPort is where images that are not the sample serve, as those of IIS do.
	otherPort = 80
)

func (s Settings) replicas() int { return cmp.Or(s.Replicas, defaultReplicas) }

func (s Settings) requests() Resources {
	return Resources{CPU: cmp.Or(s.Requests.CPU, "100m"), Memory: cmp.Or(s.Requests.Memory, "300M")}
}

func (s Settings) limits() Resources {
	return Resources{CPU: cmp.Or(s.Limits.CPU, "1"), Memory: cmp.Or(s.Limits.Memory, "800M")}
}

// Faults are what is wrong with the settings. The path of each is the field's
// name, in lower camel case: "maxReplicas", "requests.cpu".
func (s Settings) Faults() apimodel.Faults {
	var faults apimodel.Faults
	add := func(path, message, remedy string) {
		faults = append(faults, apimodel.Fault{Path: path, Message: message, Remedy: remedy})
	}
	if s.Image != strings.TrimSpace(s.Image) || strings.ContainsAny(s.Image, " \t\r\n") {
		add("image", fmt.Sprintf("%q is no image", s.Image), "write it as registry/repository:tag")
	}
	if s.Port < 0 || s.Port > 65535 {
		add("port", fmt.Sprintf("%d is no port", s.Port), "use 1 to 65535")
	}
	if s.Replicas < 0 {
		add("replicas", fmt.Sprintf("%d is no number of pods", s.Replicas), "use 1 or more")
	}
	if a := s.Autoscaling; a != nil {
		if a.MaxReplicas < s.replicas() {
			add("maxReplicas", fmt.Sprintf("%d pods at most are less than the %d at least", a.MaxReplicas, s.replicas()), "raise it, or lower the replicas")
		}
		if a.CPUPercent < 0 {
			add("cpuPercent", fmt.Sprintf("%d is no use of CPU", a.CPUPercent), "use 1 or more per cent of the request")
		}
	}
	faults = append(faults, s.resourceFaults()...)
	for _, key := range slices.Sorted(maps.Keys(s.NodeSelector)) {
		if len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(s.NodeSelector[key])) > 0 {
			add("nodeSelector", fmt.Sprintf("%s=%s is no label", key, s.NodeSelector[key]), "`kubectl get nodes --show-labels` prints those of the nodes")
		}
	}
	for _, cidr := range s.SourceCIDRs {
		if p, err := netip.ParsePrefix(cidr); err != nil || !p.Addr().Is4() || p != p.Masked() {
			add("sourceCidrs", fmt.Sprintf("%q is no address range", cidr), "write it as an IPv4 CIDR, for example 203.0.113.7/32")
		}
	}
	if s.PullSecret != "" {
		if message, remedy := pullsecrets.Login(s.PullSecret).Fault(); message != "" {
			add("pullSecret", message, remedy)
		}
	}
	return faults
}

// resourceFaults: a quantity must be one, above zero, and no request above its
// limit.
func (s Settings) resourceFaults() apimodel.Faults {
	var faults apimodel.Faults
	requests, limits := s.requests(), s.limits()
	for _, r := range []struct{ name, request, limit string }{
		{"cpu", requests.CPU, limits.CPU}, {"memory", requests.Memory, limits.Memory},
	} {
		request, ok1 := quantity(r.request)
		limit, ok2 := quantity(r.limit)
		const remedy = "write it as Kubernetes has it, for example 500m of CPU or 1Gi of memory"
		switch {
		case !ok1:
			faults = append(faults, apimodel.Fault{Path: "requests." + r.name, Message: fmt.Sprintf("%q is no amount of %s", r.request, r.name), Remedy: remedy})
		case !ok2:
			faults = append(faults, apimodel.Fault{Path: "limits." + r.name, Message: fmt.Sprintf("%q is no amount of %s", r.limit, r.name), Remedy: remedy})
		case request.Cmp(limit) > 0:
			faults = append(faults, apimodel.Fault{
				Path: "requests." + r.name, Message: fmt.Sprintf("%s is more than the limit of %s", r.request, r.limit), Remedy: "raise the limit, or lower the request",
			})
		}
	}
	return faults
}

func quantity(text string) (resource.Quantity, bool) {
	q, err := resource.ParseQuantity(text)
	return q, err == nil && q.Sign() > 0
}
