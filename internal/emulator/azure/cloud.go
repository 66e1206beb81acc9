// Package azure is an Azure with teeth, as the Pulumi provider azure-native shows it: it refuses what Azure refuses,
// with Azure's codes, and computes what Azure computes. It knows nothing of any particular program.
//
// What properties exist and which are required comes from the SDK's types (package schema). What they mean stands in
// the tables and functions of one file per service: network, compute, identity, authorization, resources.
package azure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Whose subscription it is. All are made up and the same everywhere.
const (
	SubscriptionID = "5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b"
	TenantID       = "0e8d7c6b-5a49-4837-a625-14f3e2d1c0b9"
	// ClientID and ClientObjectID are the service principal that the provider is logged in as.
	ClientID       = "7c1e9d52-3b86-4f0a-9e27-d4a5b6c7d8e9"
	ClientObjectID = "a3c5e7f9-1b2d-4e6f-8091-a2b3c4d5e6f7"
)

const (
	defaultBootTimeout = 30 * time.Second
	// defaultCoreQuota is what an enterprise that runs clusters has, rather than a new subscription's 10.
	defaultCoreQuota = 5000
)

// Options are the properties of the subscription.
type Options struct {
	// BootTimeout is how long an extension waits for the bootstrap that it watches; 30 s if zero.
	BootTimeout time.Duration
	// Latency is how long each change takes at least, once Azure has accepted it.
	Latency time.Duration
	// BootFault says of a bootstrap that begins, by the resource's type and the machine's names, how it fails, or nothing. For
	// the type VirtualMachineExtension it says what the extension reports in place of how the bootstrap ends;
	// nil for no failures.
	BootFault func(typ string, names ...string) string
	// CoreQuota is the number of virtual CPUs per region; 5000 if zero.
	CoreQuota int
	// ResourceGroups are groups that exist before any program runs: name to location.
	ResourceGroups map[string]string
	// Resources are further ones that exist before any program runs, in any subscription: ARM ids, those of subnets with
	// "=" and their range. What they stand in comes with them.
	Resources []string
	// Now is this machine's clock; time.Now if nil. The world's own time may be ahead of it.
	Now func() time.Time
	// RetiredSizes lets machines of VM sizes be made that Azure has retired: the world stands for one that ran before.
	RetiredSizes bool
	// KeepDisk is told what a new Linux machine finds on its disk at first boot; nil for nobody.
	KeepDisk func(vmID string, customData []byte) error
}

// Cloud is the emulated subscription.
type Cloud struct {
	store   *world.Store
	options Options
	kinds   map[string]*kind

	mu       sync.Mutex
	location string // the provider's configured default
}

// New opens the subscription in a world and makes the resource groups that are to exist.
func New(ctx context.Context, store *world.Store, options Options) (*Cloud, error) {
	if options.BootTimeout <= 0 {
		options.BootTimeout = defaultBootTimeout
	}
	if options.CoreQuota <= 0 {
		options.CoreQuota = defaultCoreQuota
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	c := &Cloud{store: store, options: options, kinds: kinds()}
	err := store.Update(ctx, func(w *world.World) error {
		for name, location := range options.ResourceGroups {
			if err := c.seedGroup(w, name, location); err != nil {
				return err
			}
		}
		for _, text := range options.Resources {
			if err := c.seed(w, text); err != nil {
				return err
			}
		}
		guest.Advance(w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("prepare emulated subscription: %w", err)
	}
	return c, nil
}

// Provider is the subscription as azure-native.
func (c *Cloud) Provider() p.Provider {
	return p.Provider{
		GetSchema: func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
			return p.GetSchemaResponse{Schema: `{"name":"azure-native"}`}, nil
		},
		CheckConfig: func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
			return p.CheckResponse{Inputs: req.Inputs}, nil
		},
		DiffConfig: func(context.Context, p.DiffRequest) (p.DiffResponse, error) { return p.DiffResponse{}, nil },
		Configure:  c.configure,
		Cancel:     func(context.Context) error { return nil }, // calls end with their contexts
		Invoke:     c.invoke,
		Check:      c.check,
		Diff:       c.diff,
		Create:     c.create,
		Read:       c.read,
		Update:     c.update,
		Delete:     c.remove,
	}
}

func (c *Cloud) configure(_ context.Context, req p.ConfigureRequest) error {
	if v := req.Args.Get("location"); v.IsString() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.location = v.AsString()
	}
	return nil
}

func (c *Cloud) defaultLocation() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.location
}

func (c *Cloud) kindOf(urn resource.URN) (*kind, error) {
	token := string(urn.Type())
	if k, ok := c.kinds[token]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("the emulator does not know resource type %s; run without it, or use one of %s", token, strings.Join(c.tokens(), ", "))
}

func (c *Cloud) tokens() []string {
	var all []string
	for token := range c.kinds {
		all = append(all, token)
	}
	slices.Sort(all)
	return all
}

// region says whether Azure has it: https://learn.microsoft.com/azure/reliability/regions-list
func (c *Cloud) region(name string) bool {
	return slices.Contains([]string{
		"australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral", "brazilsouth",
		"brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "chilecentral", "denmarkeast", "eastasia", "eastus", "eastus2",
		"francecentral", "francesouth", "germanynorth", "germanywestcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast",
		"japanwest", "jioindiacentral", "jioindiawest", "koreacentral", "koreasouth", "malaysiawest", "mexicocentral", "newzealandnorth",
		"northcentralus", "northeurope", "norwayeast", "norwaywest", "polandcentral", "qatarcentral", "southafricanorth", "southafricawest",
		"southcentralus", "southeastasia", "southindia", "spaincentral", "swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest",
		"uaecentral", "uaenorth", "uksouth", "ukwest", "westcentralus", "westeurope", "westindia", "westus", "westus2", "westus3",
	}, name)
}
