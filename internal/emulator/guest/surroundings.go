package guest

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	hostsFile = "/etc/hosts"
	// cloudFile is the cloud provider's configuration: https://cloud-provider-azure.sigs.k8s.io/install/configs/
	cloudFile = "/etc/kubernetes/azure.json"
)

// setting is NAME=value in a file of settings that a script reads, quoted or not.
var setting = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#]*))[ \t]*\r?$`)

// settings are the values in all files named *.env that cloud-init wrote, the first of a name in the order of the paths.
func (m *linux) settings() map[string]string {
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		if path.Ext(name) != ".env" {
			continue
		}
		for _, match := range setting.FindAllStringSubmatch(m.files[name], -1) {
			if _, ok := values[match[1]]; !ok {
				values[match[1]] = match[2] + match[3] + match[4]
			}
		}
	}
	return values
}

// surroundings adds to a plan what the machine knows beside kubeadm's files: its hosts file, the cloud provider's
// configuration, and where that one's secret comes from.
func (m *linux) surroundings(plan *world.Plan, script string) {
	settings := m.settings()
	plan.Hosts = hostLines(m.files[hostsFile])
	if name := strings.ToLower(cmp.Or(settings["ENDPOINT"], settings["API_ENDPOINT"])); name != "" && settings["ENDPOINT_IP"] != "" && strings.Contains(script, hostsFile) {
		plan.Hosts[name] = settings["ENDPOINT_IP"]
		if plan.Action == world.PlanInit {
			plan.Hosts[name] = "127.0.0.1"
		}
	}
	if len(plan.Hosts) == 0 {
		plan.Hosts = nil
	}
	var cloud struct {
		VMType       string `json:"vmType"`
		ClientID     string `json:"aadClientId"`
		ClientSecret string `json:"aadClientSecret"`
	}
	if json.Unmarshal([]byte(m.files[cloudFile]), &cloud) != nil {
		return
	}
	plan.VMType, plan.ClientID = cloud.VMType, cloud.ClientID
	if cloud.ClientSecret == "" {
		plan.SecretURL, plan.SecretIdentity = settings["CLIENT_SECRET_URL"], settings["CLIENT_SECRET_IDENTITY"]
	}
}

// hostLines reads a hosts file. It never gives nil.
func hostLines(text string) map[string]string {
	hosts := map[string]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if _, err := netip.ParseAddr(fields[0]); err != nil {
			continue
		}
		for _, name := range fields[1:] {
			hosts[strings.ToLower(name)] = fields[0]
		}
	}
	return hosts
}

// tableEntry is 'Name' = 'value' in a table of a PowerShell script.
var tableEntry = regexp.MustCompile(`(?m)^[ \t]*'?(Endpoint|EndpointIP)'?[ \t]*=[ \t]*'([^'\r\n]*)'`)

// windowsHosts is what a script adds to the hosts file: the endpoint's address out of its table of settings.
func windowsHosts(script string) map[string]string {
	if !strings.Contains(strings.ReplaceAll(script, "/", `\`), `drivers\etc\hosts`) {
		return nil
	}
	values := map[string]string{}
	for _, match := range tableEntry.FindAllStringSubmatch(script, -1) {
		values[match[1]] = match[2]
	}
	if values["Endpoint"] == "" || values["EndpointIP"] == "" {
		return nil
	}
	return map[string]string{strings.ToLower(values["Endpoint"]): values["EndpointIP"]}
}
