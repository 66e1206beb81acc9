package hybridcluster

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// cloudIdentity is whom the cloud provider acts as: a managed identity of the
// control plane's machines, or a service principal.
type cloudIdentity struct {
	// resourceID is the managed identity's id; nil with a service principal.
	resourceID pulumi.StringInput
	// principalID is that of a managed identity that was made for the cluster and acts
	// for it; else nil.
	principalID pulumi.StringInput
	// tenantID, identityClientID, clientID and clientSecret go into azure.json.
	tenantID         pulumi.StringOutput
	identityClientID pulumi.StringInput
	clientID         pulumi.StringInput
	clientSecret     pulumi.StringInput
	// secretRef says where the masters read the service principal's secret, as the
	// identity; nil where it is known here.
	secretRef *apimodel.KeyvaultSecretRef
	// rights are what the cloud provider must still have when the cluster's
	// Services are deleted, for it to take their load balancer down.
	rights []pulumi.Resource
}

func (b *builder) declareIdentity() error {
	if err := b.chooseIdentity(); err != nil {
		return err
	}
	login := CloudLogin{TenantID: b.identity.tenantID, SubscriptionID: b.group.subscriptionID(), IdentityClientID: b.identity.identityClientID}
	if b.servicePrincipal() != nil {
		login.IdentityClientID, login.ClientID, login.ClientSecret = nil, b.identity.clientID, b.identity.clientSecret
	}
	b.component.CloudLogin = login
	return nil
}

func (b *builder) chooseIdentity() error {
	if sp := b.servicePrincipal(); sp != nil {
		return b.useServicePrincipal(sp)
	}
	if id := b.kubernetes().UserAssignedID; strings.Contains(id, "/") {
		return b.useExistingIdentity(id)
	}
	identity, err := b.newIdentity()
	if err != nil {
		return err
	}
	b.identity.principalID = identity.PrincipalId
	err = b.give("identity-contributor", roleGrant{
		role: contributorRole, scope: b.group.id, principalID: identity.PrincipalId, subscriptionID: b.group.subscriptionID(),
	})
	if err != nil {
		return err
	}
	return b.giveNetwork(identity.PrincipalId)
}

func (b *builder) useServicePrincipal(sp *ServicePrincipal) error {
	b.identity = cloudIdentity{
		tenantID:         authorization.GetClientConfigOutput(b.ctx, pulumi.Parent(b.component)).TenantId(),
		identityClientID: pulumi.String(""),
		clientID:         sp.ClientID,
		clientSecret:     pulumi.String(""),
	}
	if sp.Secret != nil {
		b.identity.clientSecret = pulumi.ToSecret(sp.Secret).(pulumi.StringOutput)
		return nil
	}
	return b.readSecretFromVault()
}

// readSecretFromVault gives the masters an identity that may read the service
// principal's secret. The program itself never sees it.
func (b *builder) readSecretFromVault() error {
	principal, ref := b.identity, b.def.Properties.ServicePrincipalProfile.KeyvaultSecretRef
	identity, err := b.newIdentity()
	if err != nil {
		return err
	}
	b.identity.tenantID, b.identity.clientID, b.identity.secretRef = principal.tenantID, principal.clientID, ref
	return b.give("identity-vault-reader", roleGrant{
		role: vaultReaderRole, scope: pulumi.String(ref.VaultID).ToStringOutput(), principalID: identity.PrincipalId,
		subscriptionID: b.group.subscriptionID(), elsewhere: true,
	})
}

// newIdentity declares the identity of the control plane's machines, under the
// name that the definition gives it.
func (b *builder) newIdentity() (*managedidentity.UserAssignedIdentity, error) {
	name := cmp.Or(b.kubernetes().UserAssignedID, b.prefix+"-identity")
	identity, err := managedidentity.NewUserAssignedIdentity(b.ctx, b.child("identity"),
		&managedidentity.UserAssignedIdentityArgs{
			ResourceGroupName: b.group.name,
			ResourceName:      pulumi.String(name),
			Location:          pulumi.String(b.location),
			Tags:              b.tags(),
		}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, err
	}
	b.identity = cloudIdentity{
		resourceID:       identity.ID().ToStringOutput(),
		tenantID:         identity.TenantId,
		identityClientID: identity.ClientId,
		clientID:         pulumi.String(""),
		clientSecret:     pulumi.String(""),
	}
	return identity, nil
}

// useExistingIdentity takes an identity as it is: its rights are its owner's. It
// is looked up before anything is created that would wait for masters which
// never come.
func (b *builder) useExistingIdentity(id string) error {
	found, err := b.lookUpIdentity("properties.orchestratorProfile.kubernetesConfig.userAssignedID", id)
	if err != nil {
		return err
	}
	b.identity = cloudIdentity{
		resourceID:       pulumi.String(id),
		tenantID:         pulumi.String(found.TenantId).ToStringOutput(),
		identityClientID: pulumi.String(found.ClientId),
		clientID:         pulumi.String(""),
		clientSecret:     pulumi.String(""),
	}
	return nil
}

// lookUpIdentity finds an identity that was there before. path is the setting that names
// it.
func (b *builder) lookUpIdentity(path, id string) (*managedidentity.LookupUserAssignedIdentityResult, error) {
	parsed, err := apimodel.ParseIdentityID(id)
	if err != nil {
		return nil, err
	}
	parent := pulumi.Parent(b.component)
	config, err := authorization.GetClientConfig(b.ctx, parent)
	if err != nil {
		return nil, err
	}
	// The provider looks things up in its own subscription only.
	if !strings.EqualFold(config.SubscriptionId, parsed.SubscriptionID) {
		return nil, fmt.Errorf("%s: the identity %s is in subscription %s and the cluster in %s: use an identity of the cluster's subscription",
			path, parsed.Name, parsed.SubscriptionID, config.SubscriptionId)
	}
	return managedidentity.LookupUserAssignedIdentity(b.ctx, &managedidentity.LookupUserAssignedIdentityArgs{
		ResourceGroupName: parsed.ResourceGroup, ResourceName: parsed.Name,
	}, parent)
}

// servicePrincipal is the one of the arguments, else the definition's, else nil.
func (b *builder) servicePrincipal() *ServicePrincipal {
	if b.args.ServicePrincipal != nil {
		return b.args.ServicePrincipal
	}
	profile := firstboot.ServicePrincipal(b.def)
	if profile == nil {
		return nil
	}
	sp := &ServicePrincipal{ClientID: pulumi.String(profile.ClientID)}
	if profile.KeyvaultSecretRef == nil {
		sp.Secret = pulumi.ToSecret(pulumi.String(profile.Secret)).(pulumi.StringOutput)
	}
	return sp
}
