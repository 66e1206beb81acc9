package apimodel

import (
	"fmt"
	"time"
)

// Given says which values reach the cluster beside the definition, so that
// Validate does not ask for them.
type Given struct {
	SSHPublicKey, WindowsAdminPassword, ServicePrincipal bool
	// Today is the day that what ends is held against. Without one nothing ends, so
	// that what a program declares does not depend on the day.
	Today time.Time
	// Running is the definition of the running cluster, defaulted; nil where none runs.
	// What it has may have ended.
	Running *Definition
}

// checker collects what is wrong with a definition.
type checker struct {
	d             *Definition
	given         Given
	faults        Faults
	substitutions Faults
	warnings      Faults
	// blank are the paths that hold a placeholder. They have one fault each, and
	// no rule is held against them.
	blank map[string]bool
}

// Validate returns everything that is wrong with a defaulted definition: faults
// that would break the cluster or that Azure would refuse, what is done in
// another way than it says, and warnings about the rest.
func (d *Definition) Validate(g Given) Report {
	c := &checker{d: d, given: g, blank: map[string]bool{}}
	p := d.Properties
	c.placeholders()
	c.apiVersion()
	c.location()
	c.tags("tags", d.Tags, nil)
	if p.OrchestratorProfile == nil || p.OrchestratorProfile.KubernetesConfig == nil {
		c.fault("properties.orchestratorProfile", "is missing", "call Default before Validate")
	} else {
		c.orchestrator(p.OrchestratorProfile)
		c.addons(p.OrchestratorProfile.KubernetesConfig.Addons)
		c.identity(p.OrchestratorProfile.KubernetesConfig, p.ServicePrincipalProfile)
		c.registries(p.OrchestratorProfile.KubernetesConfig.ContainerRegistries)
		c.networks(p.OrchestratorProfile.KubernetesConfig)
		c.outbound(p.OrchestratorProfile.KubernetesConfig)
		c.privateCluster(p.OrchestratorProfile.KubernetesConfig.PrivateCluster)
		c.clusterFlags(p.OrchestratorProfile.KubernetesConfig)
	}
	c.master(p.MasterProfile)
	c.subnets(p.MasterProfile)
	c.pools(p.AgentPoolProfiles)
	c.typhas(p.AgentPoolProfiles)
	c.nodeNames()
	c.extensionProfiles(p.ExtensionProfiles)
	c.linuxProfile(p.LinuxProfile)
	c.windowsProfile(p.WindowsProfile)
	c.ends()
	if d.source != nil {
		c.substitutions = append(c.substitutions, d.source.substitutions...)
	}
	return Report{Faults: sorted(c.faults), Substitutions: sorted(c.substitutions), Warnings: sorted(c.warnings)}
}

func (c *checker) fault(path, message, remedy string) {
	if !c.blank[path] {
		c.faults = append(c.faults, c.finding(path, message, remedy))
	}
}

func (c *checker) warn(path, message, remedy string) {
	if !c.blank[path] {
		c.warnings = append(c.warnings, c.finding(path, message, remedy))
	}
}

// substitute says that a value's intent is reached in another way.
func (c *checker) substitute(path, message, remedy string) {
	if !c.blank[path] {
		c.substitutions = append(c.substitutions, c.finding(path, message, remedy))
	}
}

func (c *checker) finding(path, message, remedy string) Fault {
	at := c.d.source.locate(path)
	return Fault{Path: path, File: at.file, Line: at.line, Message: message, Remedy: remedy}
}

func (c *checker) apiVersion() {
	if c.d.APIVersion != APIVersion {
		f := apiVersionFault(c.d.APIVersion, c.d.source.locate("apiVersion"))
		c.faults = append(c.faults, f)
	}
}

// missing says that a value is missing, and how it can be given.
func (c *checker) missing(path string) {
	remedy := "add it"
	if flag, key := flagFor(path); flag != "" {
		remedy = fmt.Sprintf("add it, or give %s or the stack's config key hybridcluster:%s", flag, key)
	}
	c.fault(path, "is missing", remedy)
}
