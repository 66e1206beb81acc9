package apimodel

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Verdict says what becomes of a field of AKS Engine's format.
type Verdict string

// The verdicts.
const (
	// Supported fields change what is declared or booted.
	Supported Verdict = "supported"
	// Substituted fields are read; their intent is reached in another way, and a
	// definition that sets them otherwise is told so.
	Substituted Verdict = "substituted"
	// Unsupported fields are refused where they ask for something.
	Unsupported Verdict = "unsupported"
)

// FieldVerdict is the verdict on one field.
type FieldVerdict struct {
	// Path is the field's place, with [] for the elements of a list, such as
	// "properties.agentPoolProfiles[].count".
	Path    string  `json:"path"`
	Verdict Verdict `json:"verdict"`
	// Reason says what the field does, what is done instead, or why not.
	Reason string `json:"reason"`
	// Remedy says what to do about an unsupported field.
	Remedy string `json:"remedy,omitempty"`
	// Ours marks a field that AKS Engine lacked.
	Ours bool `json:"ours,omitempty"`
}

// Verdicts returns the verdict on every field, sorted by path. The fields are
// those of AKS Engine's vlabs types at its last release, and ours:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/vlabs/types.go
func Verdicts() []FieldVerdict {
	var list []FieldVerdict
	for _, o := range objects() {
		for _, e := range o.entries {
			list = append(list, e.flatten(o.where)...)
		}
	}
	slices.SortFunc(list, func(a, b FieldVerdict) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// object describes an object of the definition beyond its Go type.
type object struct {
	goType reflect.Type
	// where is the object's place, empty for the definition itself.
	where   string
	entries []entry
}

// entry is the verdict on one key of an object.
type entry struct {
	key            string
	verdict        Verdict
	reason, remedy string
	ours           bool
	// shape is what a key without a field in the Go type holds; empty for a key
	// that has one.
	shape shape
	// quiet are values that ask for nothing else than what is done anyway. Empty
	// text, lists and objects always are. They match in any case.
	quiet []string
	// values are those that AKS Engine took; none for any.
	values []string
	// entries are the keys of the objects in it, if it holds objects.
	entries []entry
	// asks marks an object that asks for something by being there, whatever is in it.
	asks bool
	// filledIn is what is said of an object of which each key has a value: AKS Engine
	// fills it in by itself, see leaveOutDefaults. Empty where that makes no difference.
	filledIn string
	// mayBeOff names objects in which false asks for nothing.
	mayBeOff []string
}

// shape is what a key holds, in JSON's terms.
type shape string

const (
	text    shape = "text"
	truth   shape = "true or false"
	number  shape = "a number"
	list    shape = "a list"
	mapping shape = "an object"
	// anything is a key whose values are not looked at.
	anything shape = "anything"
)

// does is a field of the Go type.
func does(key, reason string) entry { return entry{key: key, verdict: Supported, reason: reason} }

// adds is a field of the Go type that AKS Engine lacked.
func adds(key, reason string) entry {
	return entry{key: key, verdict: Supported, reason: reason, ours: true}
}

// instead is a key whose intent is reached in another way.
func instead(key string, s shape, reason string, quiet ...string) entry {
	return entry{key: key, verdict: Substituted, shape: s, reason: reason, quiet: quiet}
}

// refused is a key that is refused unless it has a quiet value.
func refused(key string, s shape, reason, remedy string, quiet ...string) entry {
	return entry{key: key, verdict: Unsupported, shape: s, reason: reason, remedy: remedy, quiet: quiet}
}

// of limits the values that a key takes.
func (e entry) of(values ...string) entry {
	e.values = values
	return e
}

// holding names the keys of the object or objects in a key. They have verdicts of
// their own, so the key itself is silent.
func (e entry) holding(entries ...entry) entry {
	e.entries = entries
	return e
}

func (e entry) flatten(where string) []FieldVerdict {
	at := keyPath(where, e.key)
	flat := []FieldVerdict{{Path: at, Verdict: e.verdict, Reason: e.reason, Remedy: e.remedy, Ours: e.ours}}
	if e.shape == list {
		at += "[]"
	}
	for _, child := range e.entries {
		flat = append(flat, child.flatten(at)...)
	}
	return flat
}

// objects lists the objects in the order in which a definition has them.
var objects = sync.OnceValue(func() []object {
	const config = "properties.orchestratorProfile.kubernetesConfig"
	const master, pools = "properties.masterProfile", "properties.agentPoolProfiles[]"
	all := []object{
		{reflect.TypeFor[Definition](), "", definitionEntries()},
		{reflect.TypeFor[Properties](), "properties", propertiesEntries()},
		{reflect.TypeFor[OrchestratorProfile](), "properties.orchestratorProfile", orchestratorEntries()},
		{reflect.TypeFor[KubernetesConfig](), config, kubernetesEntries()},
		{reflect.TypeFor[Addon](), config + ".addons[]", addonEntries()},
		{reflect.TypeFor[AddonPool](), config + ".addons[].pools[]", addonPoolEntries()},
		{reflect.TypeFor[ContainerRegistries](), config + ".containerRegistries", registriesEntries()},
		{reflect.TypeFor[PrivateCluster](), config + ".privateCluster", privateClusterEntries()},
		{reflect.TypeFor[JumpboxProfile](), config + ".privateCluster.jumpboxProfile", jumpboxEntries()},
		{reflect.TypeFor[MasterProfile](), master, masterEntries()},
		{reflect.TypeFor[CustomFile](), master + ".customFiles[]", customFileEntries()},
		{reflect.TypeFor[AgentPoolProfile](), pools, poolEntries()},
		{reflect.TypeFor[MarketplaceImage](), pools + ".windowsImage", marketplaceImageEntries()},
		{reflect.TypeFor[LinuxProfile](), "properties.linuxProfile", linuxEntries()},
		{reflect.TypeFor[SSHConfig](), "properties.linuxProfile.ssh", []entry{does("publicKeys", "who may log in, by key")}},
		{reflect.TypeFor[PublicKey](), "properties.linuxProfile.ssh.publicKeys[]", []entry{
			does("keyData", "a key in authorized_keys form; empty for one that is generated")}},
		{reflect.TypeFor[CustomNodesDNS](), "properties.linuxProfile.customNodesDNS", []entry{
			does("dnsServer", "the DNS server of Linux nodes, in place of Azure's")}},
		{reflect.TypeFor[CustomSearchDomain](), "properties.linuxProfile.customSearchDomain", searchDomainEntries()},
		{reflect.TypeFor[WindowsProfile](), "properties.windowsProfile", windowsEntries()},
		{reflect.TypeFor[ServicePrincipalProfile](), "properties.servicePrincipalProfile", principalEntries()},
		{reflect.TypeFor[KeyvaultSecretRef](), "properties.servicePrincipalProfile.keyvaultSecretRef", secretRefEntries()},
		{reflect.TypeFor[ExtensionProfile](), "properties.extensionProfiles[]", extensionProfileEntries()},
	}
	for _, at := range []string{master, pools} {
		all = append(all,
			object{reflect.TypeFor[NodeKubernetesConfig](), at + ".kubernetesConfig", nodeKubernetesEntries()},
			object{reflect.TypeFor[ImageReference](), at + ".imageReference", imageEntries()},
			object{reflect.TypeFor[Extension](), at + ".extensions[]", extensionEntries()},
			object{reflect.TypeFor[Extension](), at + ".preProvisionExtension", extensionEntries()},
		)
	}
	all = append(all, object{reflect.TypeFor[ImageReference](), "properties.windowsProfile.imageReference", imageEntries()})
	for _, at := range []string{"properties.linuxProfile.secrets[]", "properties.windowsProfile.secrets[]"} {
		all = append(all,
			object{reflect.TypeFor[KeyVaultSecrets](), at, vaultSecretsEntries()},
			object{reflect.TypeFor[KeyVaultID](), at + ".sourceVault", []entry{does("id", "the vault's resource id")}},
			object{reflect.TypeFor[KeyVaultCertificate](), at + ".vaultCertificates[]", vaultCertificateEntries()},
		)
	}
	return all
})

// objectOf returns what is known of an object's Go type.
func objectOf(t reflect.Type) object {
	all := objects()
	i := slices.IndexFunc(all, func(o object) bool { return o.goType == t })
	if i < 0 {
		return object{goType: t}
	}
	return all[i]
}

// retired finds a key that an object of AKS Engine's has and the Go type has not.
func (o object) retired(key string) (entry, bool) { return retiredIn(o.entries, key) }

func retiredIn(entries []entry, key string) (entry, bool) {
	for _, e := range entries {
		if e.shape != "" && strings.EqualFold(e.key, key) {
			return e, true
		}
	}
	return entry{}, false
}
