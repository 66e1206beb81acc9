package apimodel

type source struct{}

// Source is a definition as a user hands it over.
type Source struct {
	// Name is the file's name, for messages; "-" for standard input.
	Name string
	// Data is the document, JSON or YAML.
	Data []byte
	// Set holds "path=value" assignments (--set), applied to the document
	// before it is decoded.
	Set []string
	// Overrides fill or replace single values after decoding.
	Overrides Overrides
}

// Overrides are the values that flags, environment or stack config give. Empty
// means not given.
type Overrides struct {
	Location, DNSPrefix, KubernetesRelease string
	SSHPublicKey, WindowsAdminPassword     string
	ClientID, ClientSecret                 string
}

// Load decodes a definition. The error is a Faults value where the document is
// at fault.
func Load(s Source) (*Definition, error) { panic("todo") }

// Given says which values reach the cluster beside the definition, so that
// Validate does not ask for them.
type Given struct {
	SSHPublicKey, WindowsAdminPassword, ServicePrincipal bool
}

// Default fills in what the definition leaves out. Calling it twice changes
// nothing more.
func (d *Definition) Default() { panic("todo") }

// Validate returns everything that is wrong with a defaulted definition.
func (d *Definition) Validate(g Given) Report { panic("todo") }

// Redacted returns a copy with every secret replaced by "[secret]".
func (d *Definition) Redacted() *Definition { panic("todo") }

// Release returns the release the definition asks for. The definition must be
// defaulted and valid.
func (d *Definition) Release() Release { panic("todo") }

// AddressPlan is the cluster's networks, worked out from the definition.
type AddressPlan struct {
	Vnet, ControlPlaneSubnet, NodeSubnet string // CIDRs
	Pods, Services                       string // CIDRs
	DNSServiceIP                         string
	MasterIPs                            []string
}

// AddressPlan works out the networks. The definition must be defaulted and valid.
func (d *Definition) AddressPlan() AddressPlan { panic("todo") }
