// Package stacks is the program: configuration in, components, outputs. Every
// door leads here: `pulumi up`, hybridctl and the preview of a pull request.
package stacks

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
	"github.com/hybridcluster/hybridcluster/components/workload"
)

// Config is everything the program is told.
type Config struct {
	// Source is the definition, with what flags, environment and stack config
	// lay over it.
	Source apimodel.Source
	// ResourceGroup is the name of the resource group to create; the default is
	// the dnsPrefix. ExistingResourceGroup names one that is there already and
	// is never deleted. Only one of them may be set.
	ResourceGroup, ExistingResourceGroup string
	// SSHSourceCIDRs may reach port 22 of the control plane; none by default.
	SSHSourceCIDRs []string
	// APIServerSourceCIDRs may reach the API server; everyone by default.
	APIServerSourceCIDRs []string
	// SkipWorkload leaves the workload out.
	SkipWorkload bool
	// NoDefaultClass leaves the cluster without a default storage class.
	NoDefaultClass bool
	// PullSecrets are logins to registries by namespace, as Docker's client keeps them.
	// Each is a secret.
	PullSecrets map[string]string
	// Workload is what runs on the Windows nodes; the sample page by default.
	Workload workload.Settings
	// Mirrors are where nodes fetch from in place of the publishers.
	Mirrors bootstrap.Mirrors
	// Tags are put on every Azure resource that takes tags.
	Tags map[string]string
	// Today is the day that releases, images and sizes which end are held against. A
	// program that declares has none: what it declares does not depend on the day.
	Today time.Time
	// EndedLater leaves what has ended to HoldAgainst and Ended, which know whether it
	// runs already; Resolve warns of it then.
	EndedLater bool
	// GroupTags are put on the resource group alone, if it is the cluster's own.
	GroupTags map[string]string
	// ReplaceCluster lets another cluster take a running one's place.
	ReplaceCluster bool
	// Place names a setting in messages, by its key, as it is called where it was given;
	// nil has no names but the keys.
	Place func(key string) string
}

func (c Config) place(key string) string {
	if c.Place == nil {
		return ConfigPlace(key)
	}
	return c.Place(key)
}

// Resolve loads, defaults and validates the definition, and checks the rest of
// the configuration. The definition is usable when report.Err() is nil.
func (c Config) Resolve() (*apimodel.Definition, apimodel.Report) {
	d, err := apimodel.Load(c.Source)
	if err != nil {
		return nil, apimodel.Report{Faults: asFaults(err)}
	}
	d.Default()
	given := apimodel.Given{Today: c.Today}
	if c.EndedLater {
		given.Running = d
	}
	report := d.Validate(given)
	report.Faults = append(report.Faults, c.faults(d)...)
	if len(report.Faults) == 0 {
		report.Faults = append(report.Faults, c.firstBootFaults(d)...)
	}
	return d, report
}

// Ended are the faults of a cluster that does not run yet and names what has ended.
func (c Config) Ended() apimodel.Faults {
	d, _ := c.Resolve()
	if d == nil || c.Today.IsZero() {
		return nil
	}
	return d.Ended(c.Today, nil)
}

// asFaults keeps an error that is not a fault of the document visible as one.
func asFaults(err error) apimodel.Faults {
	var faults apimodel.Faults
	if errors.As(err, &faults) {
		return faults
	}
	return apimodel.Faults{{Message: err.Error()}}
}

// faults are those of the settings beside the definition.
func (c Config) faults(d *apimodel.Definition) apimodel.Faults {
	var faults apimodel.Faults
	if c.ResourceGroup != "" && c.ExistingResourceGroup != "" {
		faults = append(faults, apimodel.Fault{
			Path:    c.place(KeyResourceGroup),
			Message: "both a new and an existing resource group are named",
			Remedy: fmt.Sprintf("give either %s (created and deleted with the cluster) or %s (never deleted)",
				c.place(KeyResourceGroup), c.place(KeyExistingResourceGroup)),
		})
	}
	for _, group := range []struct{ place, name string }{
		{c.place(KeyResourceGroup), c.ResourceGroup}, {c.place(KeyExistingResourceGroup), c.ExistingResourceGroup},
	} {
		if group.name != "" && !validGroupName(group.name) {
			faults = append(faults, apimodel.Fault{
				Path:    group.place,
				Message: fmt.Sprintf("%q is no name for a resource group", group.name),
				Remedy:  "use 1 to 90 letters, digits, - _ . ( ), not ending in a period",
			})
		}
	}
	faults = append(faults, cidrFaults(c.place(KeySSHSourceCIDRs), c.SSHSourceCIDRs)...)
	faults = append(faults, cidrFaults(c.place(KeyAPIServerSourceCIDRs), c.APIServerSourceCIDRs)...)
	faults = append(faults, c.MirrorFaults()...)
	faults = append(faults, pullsecrets.Faults(c.PullSecrets, c.place(KeyPullSecrets))...)
	faults = append(faults, c.workloadFaults(d)...)
	return append(faults, c.tagFaults()...)
}

// MirrorFaults are those of the mirrors, which no definition takes part in.
func (c Config) MirrorFaults() apimodel.Faults {
	return c.Mirrors.Faults(c.place(KeyMirrors))
}

// validGroupName holds a name against Azure's rule:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources
func validGroupName(name string) bool {
	if len(name) > 90 || strings.HasSuffix(name, ".") {
		return false
	}
	for _, r := range name {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.()", r)
		if !ok {
			return false
		}
	}
	return true
}

func cidrFaults(place string, cidrs []string) apimodel.Faults {
	var faults apimodel.Faults
	for _, cidr := range cidrs {
		prefix, err := netip.ParsePrefix(cidr)
		if err == nil && prefix.Addr().Is4() && prefix == prefix.Masked() {
			continue
		}
		fault := apimodel.Fault{
			Path:    place,
			Message: fmt.Sprintf("%q is no address range", cidr),
			Remedy:  "write it as a CIDR, for example 203.0.113.7/32",
		}
		switch {
		case err == nil && !prefix.Addr().Is4():
			fault.Message = fmt.Sprintf("%s is IPv6, and the cluster is reached by IPv4", prefix)
			fault.Remedy = "give an IPv4 range"
		case err == nil:
			fault.Remedy = fmt.Sprintf("write it as %s", prefix.Masked())
		}
		faults = append(faults, fault)
	}
	return faults
}

// tagFaults holds tags against Azure's limits:
// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
func (c Config) tagFaults() apimodel.Faults {
	var faults apimodel.Faults
	// One tag is the cluster's own.
	if most := 49 - len(c.GroupTags); len(c.Tags) > most {
		faults = append(faults, apimodel.Fault{
			Path: c.place(KeyTags), Message: fmt.Sprintf("%d tags are too many", len(c.Tags)), Remedy: fmt.Sprintf("give at most %d", most),
		})
	}
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		value := c.Tags[key]
		if key == "" || len(key) > 512 || strings.ContainsAny(key, `<>%&\?/`) || len(value) > 256 {
			faults = append(faults, apimodel.Fault{
				Path:    c.place(KeyTags),
				Message: fmt.Sprintf("tag %q is one that Azure refuses", key),
				Remedy:  `use at most 512 characters without < > % & \ ? / for the name and at most 256 for the value`,
			})
		}
	}
	return faults
}
