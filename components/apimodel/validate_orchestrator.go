package apimodel

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var releaseShape = regexp.MustCompile(`^1\.(0|[1-9][0-9]{0,3})$`)

func (c *checker) orchestrator(p *OrchestratorProfile) {
	if p.OrchestratorType != defaultOrchestrator {
		c.fault("properties.orchestratorProfile.orchestratorType",
			fmt.Sprintf("%q is not supported", p.OrchestratorType), fmt.Sprintf("use %q", defaultOrchestrator))
	}
	c.release(p)
	const disk = "properties.orchestratorProfile.kubernetesConfig.etcdDiskSizeGB"
	if size := p.KubernetesConfig.EtcdDiskSizeGB; size < 8 || size > 4095 {
		c.fault(disk, fmt.Sprintf("must be 8 to 4095 GiB, is %d", size), fmt.Sprintf("leave it out to take %d", defaultEtcdDiskGB))
	}
}

func (c *checker) release(p *OrchestratorProfile) {
	release, supported := findRelease(p.OrchestratorRelease)
	if !supported {
		path := pathRelease
		if !c.d.source.has(pathRelease) && c.d.source.has(pathVersion) {
			path = pathVersion
		}
		c.fault(path, releaseMessage(p.OrchestratorRelease), releaseRemedy())
		return
	}
	switch version := p.OrchestratorVersion; {
	case version == "" || version == release.Kubernetes:
	case minorOf(version) != release.Minor:
		c.fault(pathVersion, fmt.Sprintf("%s is no version of orchestratorRelease %s", version, release.Minor), "remove one of the two")
	default:
		c.fault(pathVersion, fmt.Sprintf("version %s is not supported; of %s it is %s", version, release.Minor, release.Kubernetes),
			"remove it, or write "+release.Kubernetes)
	}
}

func releaseMessage(release string) string {
	if !releaseShape.MatchString(release) {
		return fmt.Sprintf("%q is no Kubernetes release", release)
	}
	if minorNumber(release) < minorNumber(Releases()[0].Minor) {
		return fmt.Sprintf("Kubernetes %s is past its end of life", release)
	}
	return fmt.Sprintf("Kubernetes %s is not supported yet", release)
}

func minorNumber(release string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(release, "1.")) // the shape was checked before
	return n
}

func releaseRemedy() string {
	var supported []string
	for _, r := range Releases() {
		supported = append(supported, r.Minor)
	}
	flag, key := flagFor(pathRelease)
	return fmt.Sprintf("use a supported release (%s): change it here, or give %s %s or the stack's config key hybridcluster:%s",
		strings.Join(supported, ", "), flag, DefaultRelease, key)
}
