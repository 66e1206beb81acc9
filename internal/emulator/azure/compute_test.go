package azure_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestAWorldThatRanBeforeHasMachinesOfRetiredSizes(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{RetiredSizes: true})
	b.network("vm")
	b.create(vmToken, "vm", with(with(linuxInputs("vm"), "location", "westeurope"), "hardwareProfile.vmSize", "Standard_NV6"))
}

func TestMachineRules(t *testing.T) {
	t.Parallel()
	linux, windows := linuxInputs("vm"), windowsInputs("vm")
	publicKeys := func(path, data string) l { return l{m{"path": path, "keyData": data}} }
	const keys = "osProfile.linuxConfiguration.ssh.publicKeys"
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"linux":               {linux, ""},
		"windows":             {windows, ""},
		"malformed size":      {with(linux, "hardwareProfile.vmSize", "Standard"), "InvalidParameter"},
		"newer size":          {with(linux, "hardwareProfile.vmSize", "Standard_D4ads_v9"), ""},
		"no such family":      {with(linux, "hardwareProfile.vmSize", "Standard_Q4s_v5"), "InvalidParameter"},
		"retired size":        {with(linux, "hardwareProfile.vmSize", "Standard_NV6s_v3"), "SkuNotAvailable"},
		"long retired size":   {with(linux, "hardwareProfile.vmSize", "Standard_A2"), "SkuNotAvailable"},
		"half an image":       {with(linux, "storageProfile.imageReference.sku", nil), "InvalidParameter"},
		"no image":            {with(linux, "storageProfile.imageReference", nil), "InvalidParameter"},
		"moved offer":         {with(windows, "storageProfile.imageReference.offer", "WindowsServer"), "PlatformImageNotFound"},
		"unheard-of SKU":      {with(linux, "storageProfile.imageReference.sku", "servr"), "PlatformImageNotFound"},
		"unheard-of offer":    {with(linux, "storageProfile.imageReference.offer", "ubuntu-18_04-lts"), "PlatformImageNotFound"},
		"own image":           {with(linux, "storageProfile.imageReference", m{"id": computeID + "images/mine"}), ""},
		"no such image":       {with(linux, "storageProfile.imageReference", m{"id": computeID + "images/none"}), "ImageNotFound"},
		"no interface":        {with(linux, "networkProfile.networkInterfaces", l{}), "NetworkProfileEmpty"},
		"missing interface":   {with(linux, "networkProfile.networkInterfaces", l{m{"id": networkID + "networkInterfaces/none"}}), "InvalidResourceReference"},
		"other's interface":   {with(linux, "networkProfile.networkInterfaces", l{m{"id": networkID + "networkInterfaces/other-nic"}}), "NicInUse"},
		"no user":             {with(linux, "osProfile.adminUsername", nil), "InvalidParameter"},
		"reserved user":       {with(linux, "osProfile.adminUsername", "Admin"), "InvalidParameter"},
		"long user":           {with(windows, "osProfile.adminUsername", strings.Repeat("u", 21)), "InvalidParameter"},
		"weak password":       {with(windows, "osProfile.adminPassword", "password"), "InvalidParameter"},
		"known password":      {with(windows, "osProfile.adminPassword", "P@ssw0rd"), "InvalidParameter"},
		"no password":         {with(windows, "osProfile.adminPassword", nil), "InvalidParameter"},
		"long windows name":   {with(windows, "osProfile.computerName", "sixteen-letters0"), "InvalidParameter"},
		"digits as name":      {with(windows, "osProfile.computerName", "123456"), "InvalidParameter"},
		"long linux name":     {with(linux, "osProfile.computerName", "sixteen-letters0"), ""},
		"linux name":          {with(linux, "osProfile.computerName", "under_score"), "InvalidParameter"},
		"no login":            {with(linux, keys, l{}), "InvalidParameter"},
		"key elsewhere":       {with(linux, keys, publicKeys("/home/somebody-else/.ssh/authorized_keys", sshKey)), "InvalidParameter"},
		"no key":              {with(linux, keys, publicKeys("/home/azureuser/.ssh/authorized_keys", "ssh-rsa nonsense")), "InvalidParameter"},
		"custom data":         {with(linux, "osProfile.customData", "not base64!"), "InvalidParameter"},
		"long custom data":    {with(linux, "osProfile.customData", strings.Repeat("AAAA", 21846)), "InvalidParameter"},
		"missing set":         {with(linux, "availabilitySet", m{"id": computeID + "availabilitySets/none"}), "InvalidResourceReference"},
		"classic set":         {with(linux, "availabilitySet", m{"id": computeID + "availabilitySets/classic"}), "OperationNotAllowed"},
		"aligned set":         {with(linux, "availabilitySet", m{"id": computeID + "availabilitySets/aligned"}), ""},
		"set and zone":        {with(with(linux, "availabilitySet", m{"id": computeID + "availabilitySets/aligned"}), "zones", l{"1"}), "InvalidParameter"},
		"name with a space":   {with(linux, "vmName", "v m"), "InvalidParameter"},
		"name of 65":          {with(linux, "vmName", strings.Repeat("v", 65)), "InvalidParameter"},
		"more than the quota": {with(linux, "hardwareProfile.vmSize", "Standard_D16s_v5"), "OperationNotAllowed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{
				CoreQuota: 12, ResourceGroups: map[string]string{"rg": "westeurope"}, Resources: []string{computeID + "images/mine"},
			})
			b.subnets("vm", "other")
			b.create(vmToken, "other", linuxInputs("other"))
			b.create(setToken, "classic", m{"resourceGroupName": "rg", "availabilitySetName": "classic"})
			b.create(setToken, "aligned", m{"resourceGroupName": "rg", "availabilitySetName": "aligned", "sku": m{"name": "Aligned"}})
			requireCode(t, b.createError(vmToken, test.inputs), test.code)
		})
	}
}

func TestAvailabilitySetRules(t *testing.T) {
	t.Parallel()
	good := m{"resourceGroupName": "rg", "availabilitySetName": "set", "sku": m{"name": "Aligned"}, "location": "westeurope"}
	b := newLab(t, azure.Options{})
	b.network("vm")
	requireCode(t, b.createError(setToken, with(good, "platformFaultDomainCount", 4.0)), "InvalidParameter")
	requireCode(t, b.createError(setToken, with(good, "platformUpdateDomainCount", 21.0)), "InvalidParameter")
	id, _ := b.create(setToken, "set", with(good, "platformFaultDomainCount", 2.0))
	b.create(vmToken, "vm", with(linuxInputs("vm"), "availabilitySet", m{"id": id}))
	requireCode(t, b.delete(setToken, id), "OperationNotAllowed")
	_, err := b.update(setToken, id, nil, with(good, "platformFaultDomainCount", 3.0))
	requireCode(t, err, "PropertyChangeNotAllowed")
}

func TestFrozenProperties(t *testing.T) {
	t.Parallel()
	first := with(linuxInputs("vm"), "osProfile.customData", base64.StdEncoding.EncodeToString([]byte("one")))
	first["location"] = "westeurope"
	first = with(with(first, "storageProfile.osDisk.managedDisk.storageAccountType", "StandardSSD_LRS"), "storageProfile.osDisk.diskSizeGB", 64.0)
	first = with(first, "storageProfile.dataDisks", l{dataDisk(0, 256, "Premium_LRS")})
	tests := map[string]struct {
		name  string
		value any
		code  string
	}{
		"tags":          {"tags", m{"a": "b"}, ""},
		"size":          {"hardwareProfile.vmSize", "Standard_D4s_v5", ""},
		"custom data":   {"osProfile.customData", base64.StdEncoding.EncodeToString([]byte("two")), "PropertyChangeNotAllowed"},
		"user":          {"osProfile.adminUsername", "somebody", "PropertyChangeNotAllowed"},
		"computer name": {"osProfile.computerName", "other", "PropertyChangeNotAllowed"},
		"image":         {"storageProfile.imageReference.version", "24.04.1", "PropertyChangeNotAllowed"},
		"set":           {"availabilitySet", m{"id": computeID + "availabilitySets/aligned"}, "PropertyChangeNotAllowed"},
		"zones":         {"zones", l{"1"}, "PropertyChangeNotAllowed"},
		"encryption":    {"securityProfile", m{"encryptionAtHost": true}, "PropertyChangeNotAllowed"},
		"no password":   {"osProfile.adminPassword", nil, ""},
		"ssh keys": {"osProfile.linuxConfiguration.ssh.publicKeys",
			l{m{"path": "/home/azureuser/.ssh/authorized_keys", "keyData": sshKey + "2"}}, "PropertyChangeNotAllowed"},
		"os disk's type":            {"storageProfile.osDisk.managedDisk.storageAccountType", "Premium_LRS", "OperationNotAllowed"},
		"os disk's same type":       {"storageProfile.osDisk.managedDisk.storageAccountType", "StandardSSD_LRS", ""},
		"undeclared os disk's type": {"storageProfile.osDisk.managedDisk", nil, ""},
		"smaller os disk":           {"storageProfile.osDisk.diskSizeGB", 63.0, "OperationNotAllowed"},
		"larger os disk":            {"storageProfile.osDisk.diskSizeGB", 65.0, ""},
		"undeclared os disk":        {"storageProfile.osDisk.diskSizeGB", nil, ""},
		"data disk's type":          {"storageProfile.dataDisks", l{dataDisk(0, 256, "StandardSSD_LRS")}, "OperationNotAllowed"},
		"smaller data disk":         {"storageProfile.dataDisks", l{dataDisk(0, 255, "Premium_LRS")}, "OperationNotAllowed"},
		"larger data disk":          {"storageProfile.dataDisks", l{dataDisk(0, 512, "Premium_LRS")}, ""},
		"one more data disk":        {"storageProfile.dataDisks", l{dataDisk(0, 256, "Premium_LRS"), dataDisk(1, 8, "Standard_LRS")}, ""},
		"data disk's neighbor":      {"storageProfile.dataDisks", l{dataDisk(1, 8, "Standard_LRS")}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			id, _ := b.create(vmToken, "vm", first)
			_, err := b.update(vmToken, id, first, with(first, test.name, test.value))
			requireCode(t, err, test.code)
		})
	}
}

func dataDisk(lun, size float64, storage string) m {
	return m{"lun": lun, "createOption": "Empty", "diskSizeGB": size, "managedDisk": m{"storageAccountType": storage}}
}

func TestFrozenPropertiesOfWindows(t *testing.T) {
	t.Parallel()
	first := with(with(windowsInputs("vm"), "location", "westeurope"), "osProfile.windowsConfiguration.enableAutomaticUpdates", false)
	for name, test := range map[string]struct {
		name  string
		value any
		code  string
	}{
		"updates":         {"osProfile.windowsConfiguration.enableAutomaticUpdates", true, "PropertyChangeNotAllowed"},
		"same updates":    {"osProfile.windowsConfiguration.enableAutomaticUpdates", false, ""},
		"below the image": {"storageProfile.osDisk.diskSizeGB", 126.0, "OperationNotAllowed"},
		"above the image": {"storageProfile.osDisk.diskSizeGB", 128.0, ""},
		"not the default": {"storageProfile.osDisk.managedDisk.storageAccountType", "Premium_LRS", "OperationNotAllowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			id, _ := b.create(vmToken, "vm", first)
			_, err := b.update(vmToken, id, first, with(first, test.name, test.value))
			requireCode(t, err, test.code)
		})
	}
}

func TestMachineOutputsHideSecrets(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	data := base64.StdEncoding.EncodeToString([]byte("custom secret"))
	_, out := b.create(vmToken, "vm", with(windowsInputs("vm"), "osProfile.customData", data))
	require.NotContains(t, out["osProfile"], "adminPassword")
	require.NotContains(t, out["osProfile"], "customData")
	require.Equal(t, "Windows", tree.String(out, "storageProfile", "osDisk", "osType"))
	b.look(func(w *world.World) {
		tree.Walk(w.Find(computeID+"virtualMachines/vm").Inputs, func(path, s string) bool {
			require.NotContains(t, s, "Correct.Horse.1", path)
			require.NotContains(t, s, data, path)
			return true
		})
	})
}

func TestMachineTakesItsExtensionsAlong(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	vm, _ := b.create(vmToken, "vm", linuxInputs("vm"))
	b.create(extToken, "ext", extensionInputs("vm", "ext"))
	require.NoError(t, b.delete(vmToken, vm))
	b.look(func(w *world.World) {
		require.Nil(t, w.Find(vm+"/extensions/ext"))
		require.Empty(t, w.Guests)
	})
}

func extensionInputs(vm, name string) m {
	return m{
		"resourceGroupName": "rg", "vmName": vm, "vmExtensionName": name, "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript",
		"typeHandlerVersion": "2.1", "settings": m{"commandToExecute": "true"},
	}
}

func TestExtensionRules(t *testing.T) {
	t.Parallel()
	good := extensionInputs("vm", "ext")
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"another of the handler": {good, "BadRequest"},
		"another handler":        {with(with(good, "publisher", "Microsoft.Azure.Monitor"), "type", "AzureMonitorLinuxAgent"), ""},
		"windows handler":        {with(with(good, "publisher", "Microsoft.Compute"), "type", "CustomScriptExtension"), "VMExtensionHandlerNonTransientError"},
		"no machine":             {with(good, "vmName", "none"), "ParentResourceNotFound"},
		"no version":             {with(good, "typeHandlerVersion", nil), "InvalidParameter"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			b.create(vmToken, "vm", linuxInputs("vm"))
			b.create(extToken, "first", extensionInputs("vm", "first"))
			requireCode(t, b.createError(extToken, test.inputs), test.code)
		})
	}
}
