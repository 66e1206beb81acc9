package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestBlanksOfEveryKindAreAnsweredWithTheirFlag(t *testing.T) {
	t.Parallel()
	for _, blank := range []string{
		"DATA+OMITTED", "{clientSecret}", "{{CLIENT_SECRET}}", "${CLIENT_SECRET}", "$(CLIENT_SECRET)", "...", "xxxx", "REDACTED", "[redacted]",
		"***", "<update here>", "changeme", "%CLIENT_SECRET%", "TODO",
	} {
		source := with(clientID, "servicePrincipalProfile.secret="+blank)
		d := loaded(t, source)
		faults := d.Validate(apimodel.Given{}).Faults
		requireFault(t, faults, "properties.servicePrincipalProfile.secret", "is a placeholder that was not filled in", "--client-secret-file")
		require.Empty(t, d.Validate(apimodel.Given{ServicePrincipal: true}).Faults, blank)
	}
	for _, secret := range []string{"made-up-secret", "x", "..x..", "a{b}c", "~8Q{x", "$1$abc"} {
		require.Empty(t, loaded(t, with(clientID, "servicePrincipalProfile.secret="+secret)).Validate(apimodel.Given{}).Faults, secret)
	}
}

// A script's own text is no blank.
func TestFreeTextIsNoBlank(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(`masterProfile.customFiles=[{"dest": "/etc/example", "content": "${WORD}"}]`))
	require.Empty(t, d.Validate(apimodel.Given{}).Faults)
}

func TestThePasswordOfTheExamplesIsRefused(t *testing.T) {
	t.Parallel()
	const path = "properties.windowsProfile.adminPassword"
	d := loaded(t, with("windowsProfile.adminPassword=replacepassword1234$"))
	faults := d.Validate(apimodel.Given{}).Faults
	requireFault(t, faults, path, "which everybody knows", "--windows-admin-password-file")
	require.NotContains(t, faults.Error(), "replacepassword")
	require.Empty(t, d.Validate(apimodel.Given{WindowsAdminPassword: true}).Faults)
}

func TestAnImageOfAKSEnginesOwnKeepsItsRelease(t *testing.T) {
	t.Parallel()
	for sku, release := range map[string]string{
		"aks-2019-datacenter-core-smalldisk-2101": "2019", "aks-2022-datacenter-core-ctrd-2305": "2022", "2019-datacenter-core-smalldisk": "2019",
	} {
		d := loaded(t, with("windowsProfile.windowsPublisher=microsoft-aks", "windowsProfile.windowsOffer=aks-windows", "windowsProfile.windowsSku="+sku))
		require.Equal(t, release, d.Properties.AgentPoolProfiles[1].WindowsRelease, sku)
	}
}

func TestLimitsOfTheAutoscalerOfEveryAge(t *testing.T) {
	t.Parallel()
	for old, today := range map[string]string{"minNodes": "min-nodes", "maxNodes": "max-nodes", "min-nodes": "min-nodes", "max-nodes": "max-nodes"} {
		d := loaded(t, with(kubernetes+`addons=[{"name": "cluster-autoscaler", "config": {"`+old+`": "5"}}]`))
		requireFault(t, d.Validate(apimodel.Given{}).Faults, inConfig+`addons[0].config["`+old+`"]`, "is a limit of a pool", `"config": {"`+today+`": "5"}`)
	}
}

func TestAddressesThatAzureKeepsInASubnetOfOthers(t *testing.T) {
	t.Parallel()
	const subnets = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared/subnets/"
	for address, problem := range map[string]string{
		// The internal load balancer has the tenth address after the first master's.
		"10.9.0.2": "that Azure keeps", "10.9.0.3": "that Azure keeps", "10.9.0.245": "that Azure keeps", "10.9.0.246": "are not all in vnetCidr",
		"10.9.0.4": "", "10.9.0.244": "",
	} {
		d := loaded(t, with("masterProfile.count=3", "masterProfile.vnetSubnetID="+subnets+"masters", "masterProfile.agentVnetSubnetID="+subnets+"nodes",
			"masterProfile.vnetCidr=10.9.0.0/24", "masterProfile.firstConsecutiveStaticIP="+address))
		faults := d.Validate(apimodel.Given{}).Faults
		if problem == "" {
			require.Empty(t, faults, address)
			continue
		}
		requireFault(t, faults, "properties.masterProfile.firstConsecutiveStaticIP", problem)
	}
}

// What cannot be read hides nothing else.
func TestBlanksAreToldBesideAnUnsupportedKey(t *testing.T) {
	t.Parallel()
	faults := loadFaults(t, with(`featureFlags={"enableIPv6Only": true}`, clientID, "servicePrincipalProfile.secret=REDACTED", "windowsProfile.adminPassword=replacepassword1234$",
		kubernetes+`apiServerConfig={"--anonymous-auth": "false"}`))
	requireFault(t, faults, "properties.featureFlags.enableIPv6Only", "is not supported")
	requireFault(t, faults, "properties.servicePrincipalProfile.secret", "is a placeholder")
	requireFault(t, faults, "properties.windowsProfile.adminPassword", "everybody knows")
	requireFault(t, faults, inConfig+`apiServerConfig["--anonymous-auth"]`, "nothing would come up")
}
