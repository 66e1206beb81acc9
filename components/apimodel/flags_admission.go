package apimodel

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Flags of the API server that the cluster stands and falls with.
const (
	flagAnonymousAuth    = "anonymous-auth"
	flagAdmissionControl = "admission-control"
	flagEnablePlugins    = "enable-admission-plugins"
	flagDisablePlugins   = "disable-admission-plugins"
	// nodeRestriction keeps a kubelet to its own node and its own pods. kubeadm
	// enables it, and a list of the user's takes the place of kubeadm's.
	// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
	nodeRestriction = "NodeRestriction"
)

// retiredPlugins are admission plugins that AKS Engine and its forerunner wrote into
// definitions, and that no release here knows. The text says what does their work.
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
var retiredPlugins = map[string]string{
	"PodSecurityPolicy":     "pod security policies left Kubernetes with release 1.25; label namespaces for Pod Security admission",
	"DenyEscalatingExec":    "it is gone; Pod Security admission keeps privileged pods away",
	"DenyExecOnPrivileged":  "it is gone; Pod Security admission keeps privileged pods away",
	"SecurityContextDeny":   "it is gone; Pod Security admission does its work",
	"Initializers":          "they never became stable; admission webhooks took their place",
	"PersistentVolumeLabel": "it is gone; the CSI drivers label volumes",
	"PodPreset":             "it is gone; use an admission webhook",
}

// judgeAPIServer judges the flags by which an API server shuts its own cluster out.
func (j judgedFlag) judgeAPIServer(minor string) (judgedFlag, bool) {
	switch j.name {
	case flagAnonymousAuth:
		if on, err := strconv.ParseBool(j.value); err == nil && !on {
			return j.refuse("--anonymous-auth cannot be off: kubeadm's and the load balancer's health checks, and nodes that are about to join, ask the API server without a login, "+
				"and nothing would come up", "remove it; who is not logged in reaches the health checks and the signed address of the cluster, and nothing else"), true
		}
	case flagAdmissionControl, flagEnablePlugins:
		return j.enabledPlugins(minor), true
	case flagDisablePlugins:
		if slices.Contains(listed(j.value), nodeRestriction) {
			return j.refuse("NodeRestriction cannot be disabled: without it one stolen node can act as all of them", "remove it from the list"), true
		}
	}
	return j, false
}

// enabledPlugins judges a list of admission plugins. NodeRestriction is always one of
// them. The flag of before Kubernetes 1.10 becomes the one of today.
func (j judgedFlag) enabledPlugins(minor string) judgedFlag {
	old := j.name == flagAdmissionControl
	if problem := pluginsProblem(minor, j.name, j.value); problem != "" {
		return j.refuse(problem, "correct the list: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/")
	}
	plugins := listed(j.value)
	if slices.Contains(plugins, "AlwaysDeny") {
		return j.refuse("the admission plugin AlwaysDeny refuses every request, and nothing would come up", "remove it from the list")
	}
	j.name, j.pass = flagEnablePlugins, true
	var notes []string
	if old {
		notes = append(notes, "--admission-control excludes kubeadm's own flag, and becomes --enable-admission-plugins: plugins that are on by default stay on")
	}
	if !slices.Contains(plugins, nodeRestriction) {
		plugins = append(plugins, nodeRestriction)
		notes = append(notes, "the admission plugin NodeRestriction is enabled as well, so that a stolen node is that node and no other")
	}
	j.value = strings.Join(plugins, ",")
	if len(notes) > 0 {
		j.note, j.remedy = strings.Join(notes, "; "), fmt.Sprintf("write --enable-admission-plugins=%s to say so", j.value)
	}
	return j
}

// pluginsProblem says why an API server does not start with a list of plugins.
func pluginsProblem(minor, flag, value string) string {
	var gone []string
	for _, plugin := range listed(value) {
		if why, retired := retiredPlugins[plugin]; retired {
			gone = append(gone, fmt.Sprintf("Kubernetes %s has no admission plugin %q, and the API server would not start: %s", minor, plugin, why))
		}
	}
	if len(gone) > 0 {
		return strings.Join(gone, "; ")
	}
	return limitProblem(componentAPIServer, minor, flag, value)
}

// The groups of APIs that --runtime-config names as a whole.
var wholeAPIs = []string{"api/all", "api/alpha", "api/beta", "api/ga"}

var apiResource = regexp.MustCompile(`^[a-z0-9]+$`)

// runtimeConfigProblem judges which APIs are on, as the API server does:
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/server/resourceconfig/helpers.go
func runtimeConfigProblem(value, minor string, known []string) string {
	for _, element := range listed(value) {
		key, text, _ := strings.Cut(element, "=")
		on, err := strconv.ParseBool(orElse(text, "true"))
		if err != nil {
			return fmt.Sprintf("%q is neither true nor false", text)
		}
		if slices.Contains(wholeAPIs, key) {
			switch {
			case text != "true" && text != "false":
				return key + " is neither true nor false"
			case !on && (key == "api/all" || key == "api/ga"):
				return key + "=false turns off the APIs that the cluster itself runs on"
			}
			continue
		}
		parts := strings.Split(key, "/")
		if len(parts) != 2 && len(parts) != 3 {
			return fmt.Sprintf("%q is no API, such as batch/v1", key)
		}
		version := parts[0] + "/" + parts[1]
		switch {
		case !slices.Contains(known, version):
			return fmt.Sprintf("Kubernetes %s has no API %s%s", minor, version, suggestion(version, known))
		case len(parts) == 3 && !apiResource.MatchString(parts[2]):
			return fmt.Sprintf("%q is no resource: write its plural in lower case", parts[2])
		case !on && slices.Contains(indispensable, version) && len(parts) == 2:
			return version + "=false turns off an API that the cluster itself runs on"
		}
	}
	return ""
}

// indispensable are APIs without which no node joins and no pod runs.
var indispensable = []string{
	"/v1", "apps/v1", "authentication.k8s.io/v1", "authorization.k8s.io/v1", "certificates.k8s.io/v1", "coordination.k8s.io/v1",
	"discovery.k8s.io/v1", "networking.k8s.io/v1", "policy/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "storage.k8s.io/v1",
	"flowcontrol.apiserver.k8s.io/v1", "apiregistration.k8s.io/v1", "apiextensions.k8s.io/v1",
}
