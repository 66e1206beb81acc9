package stacks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/state"
)

// HasMachines says whether a stack's state, as `pulumi stack export` prints it, has
// machines in it. One that does not read has none.
func HasMachines(export []byte) bool {
	resources, err := state.Resources(export)
	if err != nil {
		return false
	}
	for _, r := range resources {
		if r.Type == typeMachine || r.Type == "azure-native:compute:VirtualMachineScaleSet" {
			return true
		}
	}
	return false
}

const typeMachine = "azure-native:compute:VirtualMachine"

// identity is what makes a cluster another one: all its names come from these, and Azure
// moves no machine between regions and no cluster between groups.
type identity struct {
	dnsPrefix, location, group string
	// existing says that the group is not the cluster's own, given that it is not the
	// one that is named after the dnsPrefix.
	existing, given bool
}

// identityOf reads the identity of what the component recorded, or would record.
func identityOf(definition any, resourceGroup, existing string) identity {
	var i identity
	i.dnsPrefix, _ = at(definition, mastersPath+".dnsPrefix").(string)
	i.location, _ = at(definition, "location").(string)
	i.group, i.existing, i.given = i.dnsPrefix, existing != "", existing != "" || resourceGroup != ""
	switch {
	case existing != "":
		i.group = existing
	case resourceGroup != "":
		i.group = resourceGroup
	}
	return i
}

func (c Config) another(was, is identity) apimodel.Faults {
	var faults apimodel.Faults
	add := func(path, what, before, now string) {
		faults = append(faults, apimodel.Fault{
			Path:    path,
			Message: fmt.Sprintf("the running cluster's %s is %s, and with %s it is another cluster: this one would be deleted, with everything on it", what, before, now),
			Remedy: fmt.Sprintf("keep %s, make the other under a stack of its own, or say --replace-cluster to hybridctl; "+
				"with pulumi, run `pulumi destroy` first", before),
		})
	}
	if was.dnsPrefix != "" && was.dnsPrefix != is.dnsPrefix {
		add(mastersPath+".dnsPrefix", "dnsPrefix", was.dnsPrefix, is.dnsPrefix)
	}
	if was.location != "" && region(was.location) != region(is.location) {
		add("location", "location", was.location, is.location)
	}
	if was.group != "" && !strings.EqualFold(was.group, is.group) && (was.given || is.given) {
		add(c.place(is.groupKey()), "resource group", was.group, is.group)
	}
	return faults
}

func (i identity) groupKey() string {
	if i.existing {
		return KeyExistingResourceGroup
	}
	return KeyResourceGroup
}

// region is a location without what Azure does not heed: "West Europe" is westeurope.
func region(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }

// otherOwner: a group that goes with the cluster cannot be one that is there already, in
// any order of things.
func (c Config) otherOwner(was, is identity) apimodel.Faults {
	if was.group == "" || !strings.EqualFold(was.group, is.group) || was.existing == is.existing {
		return nil
	}
	message := "the resource group %s was made for the running cluster, and goes with it: it cannot be one that stays"
	if was.existing {
		message = "the resource group %s was there before the running cluster, and stays: it cannot become the cluster's own"
	}
	return apimodel.Faults{{
		Path: c.place(is.groupKey()), Message: fmt.Sprintf(message, was.group), Remedy: "leave it as it was, or name another group",
	}}
}

// held is a configuration beside what a running cluster has recorded.
type held struct {
	recorded, wanted any
	was, is          identity
	// definition is what is wanted; machines are those that run.
	definition *apimodel.Definition
	machines   []state.Resource
}

// hold reads a stack's state. It is nil without machines: there is nothing to hold
// against then.
func (c Config) hold(export []byte) (*held, error) {
	resources, err := state.Resources(export)
	if err != nil {
		return nil, err
	}
	wanted, report := c.Resolve()
	if err := report.Err(); err != nil {
		return nil, err
	}
	r := held{definition: wanted}
	for _, res := range resources {
		switch res.Type {
		case hybridcluster.Token:
			r.recorded = res.Inputs["definition"]
			group, _ := res.Inputs["resourceGroup"].(string)
			existing, _ := res.Inputs["existingResourceGroup"].(string)
			r.was = identityOf(r.recorded, group, existing)
		case typeMachine:
			r.machines = append(r.machines, res)
		}
	}
	if len(r.machines) == 0 || r.recorded == nil {
		return nil, nil
	}
	data, err := json.Marshal(wanted.Redacted())
	if err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	if err := json.Unmarshal(data, &r.wanted); err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	r.is = identityOf(r.wanted, c.ResourceGroup, c.ExistingResourceGroup)
	return &r, nil
}
