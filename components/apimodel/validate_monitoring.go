package apimodel

import (
	"fmt"
	"regexp"
)

func workspaceKind() resourceKind {
	return resourceKind{"a Log Analytics workspace", "Microsoft.OperationalInsights", "workspaces/NAME", "az monitor log-analytics workspace show"}
}

// monitoring checks which workspace the agents of Azure Monitor send to. Microsoft
// has retired the way in which they do:
// https://learn.microsoft.com/azure/azure-monitor/containers/container-insights-authentication
// https://learn.microsoft.com/azure/azure-monitor/logs/data-collector-api
func (c *checker) monitoring(at string, a *Addon) {
	c.warn(at+".name", fmt.Sprintf("%q sends with a workspace key, which Microsoft has retired: the Log Analytics agent ended in August 2024, "+
		"and support of the HTTP Data Collector API in September 2026. The agents run, but what they send may not arrive", a.Name),
		fmt.Sprintf("use %q, which is maintained, or remove it", AddonPrometheus))
	config := func(key string) string { return mapPath(at+".config", key) }
	id, guid, key := a.Config[settingWorkspaceID], a.Config[settingWorkspaceGUID], a.Config[settingWorkspaceKey]
	if id != "" {
		c.resourceID(config(settingWorkspaceID), id, workspaceKind())
		if guid != "" || key != "" {
			c.fault(config(settingWorkspaceID), "names the workspace, and workspaceGuid and workspaceKey name one, too", "remove one of the two ways")
		}
	}
	if id == "" && a.Config[settingOnboardWorkspace] != "" {
		c.warn(config(settingOnboardWorkspace), "has no effect: it is for an existing workspace that logAnalyticsWorkspaceResourceId names", "remove it")
	}
	switch {
	case guid != "" && key == "":
		c.missing(config(settingWorkspaceKey))
	case guid == "" && key != "" && id == "":
		c.fault(config(settingWorkspaceGUID), "is missing, and workspaceKey is there", "add the workspace's id, or remove the key")
	}
	if _, ok := plainGUID(guid); guid != "" && !ok {
		c.fault(config(settingWorkspaceGUID), fmt.Sprintf("%q is no id of a workspace", guid), "`az monitor log-analytics workspace show --query customerId` prints it")
	}
	if _, ok := plainKey(key); key != "" && !ok {
		c.fault(config(settingWorkspaceKey), "is no key of a workspace, which is base64", "`az monitor log-analytics workspace get-shared-keys` prints it")
	}
	if name := a.Config[settingClusterName]; name != "" && !clusterNameShape.MatchString(name) {
		c.fault(config(settingClusterName), fmt.Sprintf("%q is no name for the cluster in the workspace", name), "use letters, digits, - _ and periods, 128 at most")
	}
}

// clusterNameShape keeps to what a tag and an environment variable take.
var clusterNameShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
