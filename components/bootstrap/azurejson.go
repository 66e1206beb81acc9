package bootstrap

import (
	"encoding/json"
	"errors"
	"fmt"
)

// azureJSON is the configuration file of the Azure cloud provider:
// https://cloud-provider-azure.sigs.k8s.io/install/configs/
type azureJSON struct {
	Cloud                       string `json:"cloud"`
	TenantID                    string `json:"tenantId"`
	SubscriptionID              string `json:"subscriptionId"`
	ResourceGroup               string `json:"resourceGroup"`
	Location                    string `json:"location"`
	VMType                      string `json:"vmType"`
	VnetName                    string `json:"vnetName"`
	VnetResourceGroup           string `json:"vnetResourceGroup"`
	SubnetName                  string `json:"subnetName"`
	SecurityGroupName           string `json:"securityGroupName"`
	SecurityGroupResourceGroup  string `json:"securityGroupResourceGroup"`
	RouteTableName              string `json:"routeTableName"`
	LoadBalancerSKU             string `json:"loadBalancerSku"`
	LoadBalancerName            string `json:"loadBalancerName"`
	BackendPoolType             string `json:"loadBalancerBackendPoolConfigurationType"`
	MaximumLoadBalancerRules    int    `json:"maximumLoadBalancerRuleCount"`
	PrimaryAvailabilitySetName  string `json:"primaryAvailabilitySetName"`
	PrimaryScaleSetName         string `json:"primaryScaleSetName,omitempty"`
	UseManagedIdentityExtension bool   `json:"useManagedIdentityExtension"`
	UserAssignedIdentityID      string `json:"userAssignedIdentityID,omitempty"`
	AADClientID                 string `json:"aadClientId,omitempty"`
	AADClientSecret             string `json:"aadClientSecret,omitempty"`
	UseInstanceMetadata         bool   `json:"useInstanceMetadata"`
}

// AzureJSON renders azure.json, the cloud provider's configuration. It holds a
// secret when a service principal is used, unless the secret lies in a key vault:
// then it is left out, and the masters complete the file at their first boot.
//
// The VM type and the load balancer's SKU are always written: left out they
// mean scale sets and the retired Basic SKU. Backends are joined by address:
// the other way the cloud provider writes into the machines' network cards, and
// whoever else updates a card takes the machine out of its load balancer.
func AzureJSON(cloud CloudConfig) (string, error) {
	if err := cloud.check(); err != nil {
		return "", err
	}
	managed := cloud.IdentityClientID != ""
	vmType := "standard"
	if cloud.ScaleSets {
		vmType = "vmss"
	}
	data, err := json.MarshalIndent(azureJSON{
		Cloud:                       "AzurePublicCloud",
		TenantID:                    cloud.TenantID,
		SubscriptionID:              cloud.SubscriptionID,
		ResourceGroup:               cloud.ResourceGroup,
		Location:                    cloud.Location,
		VMType:                      vmType,
		VnetName:                    cloud.VnetName,
		VnetResourceGroup:           cloud.VnetResourceGroup,
		SubnetName:                  cloud.SubnetName,
		SecurityGroupName:           cloud.SecurityGroupName,
		SecurityGroupResourceGroup:  cloud.ResourceGroup,
		LoadBalancerSKU:             "Standard",
		LoadBalancerName:            cloud.LoadBalancerName,
		BackendPoolType:             "nodeIP",
		MaximumLoadBalancerRules:    250,
		PrimaryAvailabilitySetName:  cloud.PrimaryAvailabilitySet,
		PrimaryScaleSetName:         cloud.PrimaryScaleSet,
		UseManagedIdentityExtension: managed,
		UserAssignedIdentityID:      cloud.IdentityClientID,
		AADClientID:                 cloud.ClientID,
		AADClientSecret:             cloud.ClientSecret,
		UseInstanceMetadata:         true,
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write azure.json: %w", err)
	}
	return string(data) + "\n", nil
}

func (c CloudConfig) check() error {
	var faults []error
	for _, field := range []struct{ name, value string }{
		{"tenant id", c.TenantID}, {"subscription id", c.SubscriptionID},
		{"resource group", c.ResourceGroup}, {"location", c.Location},
		{"virtual network", c.VnetName}, {"virtual network's resource group", c.VnetResourceGroup},
		{"subnet", c.SubnetName}, {"network security group", c.SecurityGroupName},
		{"load balancer name", c.LoadBalancerName},
	} {
		if field.value == "" {
			faults = append(faults, fmt.Errorf("cloud config: the %s is missing", field.name))
		}
	}
	if c.ScaleSets != (c.PrimaryScaleSet != "") {
		faults = append(faults, errors.New("cloud config: scale sets need the name of the first one, and without them there is none"))
	}
	return errors.Join(append(faults, c.checkLogin(), c.ClientSecretRef.check())...)
}

// checkLogin wants one way to log in to Azure.
func (c CloudConfig) checkLogin() error {
	principal := c.ClientID != "" || c.ClientSecret != "" || c.ClientSecretRef != nil
	switch {
	case c.IdentityClientID != "" && principal:
		return errors.New("cloud config: give a managed identity or a service principal, not both")
	case c.IdentityClientID != "":
		return nil
	case c.ClientID == "" || c.ClientSecret == "" && c.ClientSecretRef == nil:
		return errors.New("cloud config: give a managed identity's client id, or a service principal's client id and secret")
	case c.ClientSecret != "" && c.ClientSecretRef != nil:
		return errors.New("cloud config: give the service principal's secret, or where it lies in a key vault, not both")
	}
	return nil
}
