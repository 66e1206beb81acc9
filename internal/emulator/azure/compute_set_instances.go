package azure

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// customScriptOutput names, in an instance's outputs, the extension that watches its bootstrap.
const customScriptOutput = "customScript"

// scale boots or removes instances until there are as many as the model says. The newest go first, and their numbers do
// not come again. An instance that is there stays as it is, also one whose extension has failed: the answer to each PUT
// names it until it is deleted, reimaged or upgraded (https://github.com/Azure/azure-cli/issues/33307).
func (op *operation) scale(profile map[string]any) error {
	capacity, _ := tree.Int(op.outputs, "sku", "capacity")
	instances := instancesOf(op.world, op.id)
	for len(instances) > capacity {
		last := len(instances) - 1
		removeInstance(op.world, instances[last])
		instances = instances[:last]
	}
	for range capacity - len(instances) {
		number := op.world.Made[numbersKey(op.id)]
		op.world.Made[numbersKey(op.id)]++
		if err := op.addInstance(number, profile); err != nil {
			return err
		}
	}
	return nil
}

// numbersKey is where the world counts the instances that a scale set ever had.
func numbersKey(setID string) string { return world.Key(setID) + "/virtualmachines" }

// computerName: the number of an instance has six digits of base 36.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids
func computerName(prefix string, number int) string {
	const base, digits = 36, 6
	text := strings.ToUpper(strconv.FormatInt(int64(number), base))
	return prefix + strings.Repeat("0", max(0, digits-len(text))) + text
}

// addInstance makes the virtual machine with the number, and boots it.
func (op *operation) addInstance(number int, profile map[string]any) error {
	id := fmt.Sprintf("%s/virtualMachines/%d", op.id, number)
	model := tree.Map(op.outputs, "virtualMachineProfile")
	outputs := map[string]any{
		"instanceId": strconv.Itoa(number), "location": op.location(), "provisioningState": "Succeeded",
		"vmId":            op.guid("machine " + strconv.Itoa(number)),
		"hardwareProfile": map[string]any{"vmSize": tree.String(op.outputs, "sku", "name")},
		"osProfile": map[string]any{
			"computerName":  computerName(tree.String(profile, "osProfile", "computerNamePrefix"), number),
			"adminUsername": tree.String(profile, "osProfile", "adminUsername"),
		},
		"storageProfile": map[string]any{
			"imageReference": tree.Clone(tree.Get(model, "storageProfile", "imageReference")),
			"osDisk":         map[string]any{"osType": tree.String(model, "storageProfile", "osDisk", "osType")},
		},
	}
	for name, value := range map[string]any{"identity": op.outputs["identity"], "priority": model["priority"]} {
		if value != nil {
			outputs[name] = tree.Clone(value)
		}
	}
	if zones := tree.Strings(op.outputs, "zones"); len(zones) > 0 {
		outputs["zones"] = []any{zones[number%len(zones)]}
	}
	extension, runs := setExtension(profile)
	if extension != "" {
		outputs[customScriptOutput] = extension
	}
	nics, err := op.addInterfaces(id, model)
	if err != nil {
		return err
	}
	outputs["networkProfile"] = map[string]any{"networkInterfaces": nics}
	op.world.Resources[world.Key(id)] = &world.Resource{
		ID: id, Type: instanceType, Name: op.name + "_" + strconv.Itoa(number), Inputs: map[string]any{}, Outputs: outputs,
	}
	system := systemOf(profile)
	op.boot(id, system, tree.String(outputs, "osProfile", "computerName"), profile)
	if runs && system == guest.Windows {
		guest.RunCustomData(op.world, id)
	}
	op.begin(id, op.name, tree.String(outputs, "osProfile", "computerName"))
	return nil
}

// boot gives an instance its guest: by the custom data of the model, or, where that is not at hand since nobody declares the
// scale set just now, as another instance has it.
func (op *operation) boot(id, system, computer string, profile map[string]any) {
	text := tree.String(profile, "osProfile", "customData")
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && !isDigest(text) {
		guest.Created(op.world, id, system, computer, data)
		return
	}
	for _, other := range instancesOf(op.world, op.id) {
		if sibling := op.world.Guests[world.Key(other.ID)]; sibling != nil {
			guest.Cloned(op.world, sibling, id, computer)
			return
		}
	}
	guest.Created(op.world, id, system, computer, nil)
}

// addInterfaces makes the interfaces of an instance, and gives the references to them.
func (op *operation) addInterfaces(instance string, model map[string]any) ([]any, error) {
	var references []any
	configs := tree.List(model, "networkProfile", "networkInterfaceConfigurations")
	for _, config := range configs {
		nic := &operation{cloud: op.cloud, world: op.world, id: instance + "/networkInterfaces/" + tree.String(config, "name")}
		nic.outputs = tree.CloneMap(tree.Map(config))
		nic.outputs["virtualMachine"] = map[string]any{"id": instance}
		for _, c := range tree.List(nic.outputs, "ipConfigurations") {
			m := tree.Map(c)
			m["id"] = nic.id + "/ipConfigurations/" + tree.String(m, "name")
			defaultTo(m, "privateIPAddressVersion", "IPv4")
		}
		for _, c := range tree.List(nic.outputs, "ipConfigurations") {
			if err := nic.allocate(tree.Map(c), nil); err != nil {
				return nil, err
			}
		}
		op.world.Resources[world.Key(nic.id)] = &world.Resource{
			ID: nic.id, Type: setInterfaceType, Name: tree.String(config, "name"), Inputs: map[string]any{}, Outputs: nic.outputs,
		}
		references = append(references, map[string]any{"id": nic.id, "primary": tree.Bool(config, "primary") || len(configs) == 1})
	}
	return references, nil
}

// instancesOf are the machines of a scale set by their numbers.
func instancesOf(w *world.World, setID string) []*world.Resource {
	prefix := world.Key(setID) + "/"
	var found []*world.Resource
	for key, r := range w.Resources {
		if r.Type == instanceType && strings.HasPrefix(key, prefix) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *world.Resource) int { return instanceNumber(a) - instanceNumber(b) })
	return found
}

func instanceNumber(r *world.Resource) int {
	n, _ := strconv.Atoi(tree.String(r.Outputs, "instanceId"))
	return n
}

func removeInstance(w *world.World, instance *world.Resource) {
	for key, r := range w.Resources {
		if r.Type == setInterfaceType && arm.Under(r.ID, instance.ID) {
			delete(w.Resources, key)
		}
	}
	delete(w.Resources, world.Key(instance.ID))
	guest.Gone(w, instance.ID)
}

// watchScaleSet: the set is there when the Custom Script extension has ended on every instance that has one.
func watchScaleSet(w *world.World, set *world.Resource) []watched {
	var all []watched
	for _, instance := range instancesOf(w, set.ID) {
		if extension := tree.String(instance.Outputs, customScriptOutput); extension != "" {
			vm := fmt.Sprintf("VM '%s' (%s)", instance.Name, tree.String(instance.Outputs, "osProfile", "computerName"))
			all = append(all, watched{machine: instance.ID, extension: extension, vm: vm, reporter: instance.ID})
		}
	}
	return all
}
