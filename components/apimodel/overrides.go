package apimodel

import "strings"

// Overrides are the values that flags, environment or stack config give. Empty
// means not given. They replace what the definition says, placeholders too.
type Overrides struct {
	Location, DNSPrefix string
	// KubernetesRelease is a release or a version of one: 1.36, v1.36, 1.36.5.
	KubernetesRelease string
	// SSHPublicKey replaces all keys of the linuxProfile.
	SSHPublicKey         string
	WindowsAdminPassword string
	ClientID             string
	ClientSecret         string
	// WorkspaceKey is the key of the Log Analytics workspace that the add-on
	// container-monitoring names by its GUID. Without that add-on it is not used.
	WorkspaceKey string
	// Place names a setting in messages, by its key in the stack's config, as it is called
	// where it was given; nil has the flags of hybridctl.
	Place func(key string) string
}

// Places in a definition that more than one file here speaks of.
const (
	pathRelease       = "properties.orchestratorProfile.orchestratorRelease"
	pathVersion       = "properties.orchestratorProfile.orchestratorVersion"
	pathDNSPrefix     = "properties.masterProfile.dnsPrefix"
	pathAdminPassword = "properties.windowsProfile.adminPassword"
	pathPublicKeys    = "properties.linuxProfile.ssh.publicKeys"
	pathClientID      = "properties.servicePrincipalProfile.clientId"
	pathSecret        = "properties.servicePrincipalProfile.secret"
	pathMaster        = "properties.masterProfile"
	pathKubernetes    = "properties.orchestratorProfile.kubernetesConfig"
	pathWindows       = "properties.windowsProfile"
)

// flagFor returns the flag of hybridctl and the key of the stack's config that
// fill a path, or nothing.
func flagFor(path string) (flag, key string) {
	switch {
	case path == "location":
		return "--location", "location"
	case path == pathDNSPrefix:
		return "--dns-prefix", "dnsPrefix"
	case path == pathRelease, path == pathVersion:
		return "--kubernetes-release", "kubernetesRelease"
	case strings.HasPrefix(path, pathPublicKeys):
		return "--ssh-public-key", "sshPublicKey"
	case path == pathAdminPassword:
		return "--windows-admin-password-file", "windowsAdminPassword"
	case path == pathClientID:
		return "--client-id", "clientId"
	case path == pathSecret:
		return "--client-secret-file", "clientSecret"
	case strings.HasPrefix(path, pathKubernetes+".addons[") && strings.HasSuffix(path, mapPath("", settingWorkspaceKey)):
		return "--workspace-key-file", "workspaceKey"
	}
	return "", ""
}

// apply lays the overrides over a definition that was loaded from a file.
func (o Overrides) apply(d *Definition) {
	p := &d.Properties
	set := func(target *string, value, path string) {
		if value == "" {
			return
		}
		*target = value
		place, key := flagFor(path)
		if o.Place != nil {
			place = o.Place(key)
		}
		d.source.give(path, place)
	}
	set(&d.Location, o.Location, "location")
	if o.DNSPrefix != "" {
		set(&made(&p.MasterProfile).DNSPrefix, o.DNSPrefix, pathDNSPrefix)
	}
	if o.WindowsAdminPassword != "" {
		set(&made(&p.WindowsProfile).AdminPassword, o.WindowsAdminPassword, pathAdminPassword)
	}
	if o.ClientID != "" || o.ClientSecret != "" {
		principal := made(&p.ServicePrincipalProfile)
		set(&principal.ClientID, o.ClientID, pathClientID)
		set(&principal.Secret, o.ClientSecret, pathSecret)
	}
	if o.SSHPublicKey != "" {
		key := PublicKey{}
		set(&key.KeyData, o.SSHPublicKey, pathPublicKeys+"[0].keyData")
		made(&p.LinuxProfile).SSH.PublicKeys = []PublicKey{key}
	}
	o.applyWorkspaceKey(p.OrchestratorProfile, set)
	if o.KubernetesRelease != "" {
		o.applyRelease(made(&p.OrchestratorProfile), set)
	}
}

// applyWorkspaceKey sets the key where the add-on asks for one.
func (o Overrides) applyWorkspaceKey(p *OrchestratorProfile, set func(target *string, value, path string)) {
	if o.WorkspaceKey == "" || p == nil || p.KubernetesConfig == nil {
		return
	}
	for i, a := range p.KubernetesConfig.Addons {
		if a == nil || a.Name != AddonContainerMonitoring {
			continue
		}
		if a.Config == nil {
			a.Config = map[string]string{}
		}
		key := a.Config[settingWorkspaceKey]
		set(&key, o.WorkspaceKey, mapPath(indexPath(pathKubernetes+".addons", i)+".config", settingWorkspaceKey))
		a.Config[settingWorkspaceKey] = key
	}
}

// applyRelease sets the release. A version in the definition stays only if it
// is one of that release.
func (o Overrides) applyRelease(p *OrchestratorProfile, set func(target *string, value, path string)) {
	wanted := strings.TrimPrefix(o.KubernetesRelease, "v")
	release := minorOf(wanted)
	set(&p.OrchestratorRelease, release, pathRelease)
	switch {
	case wanted != release:
		set(&p.OrchestratorVersion, wanted, pathVersion)
	case minorOf(p.OrchestratorVersion) != release:
		p.OrchestratorVersion = ""
	}
}

// minorOf returns "1.36" of "1.36.5", and any other text as it is.
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 3 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// made returns what a pointer points at, made where there is nothing yet.
func made[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}
