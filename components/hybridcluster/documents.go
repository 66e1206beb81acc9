package hybridcluster

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// kubernetes are the definition's Kubernetes settings, which its defaults made.
func (b *builder) kubernetes() *apimodel.KubernetesConfig {
	return b.def.Properties.OrchestratorProfile.KubernetesConfig
}

// firstBoot is the definition as its machines are told of it.
func (b *builder) firstBoot() firstboot.Cluster {
	return firstboot.Cluster{Definition: b.def, Mirrors: b.args.Mirrors}
}

// checkDocuments renders what the machines will run, with stand-ins for what only
// resources know. A document is else rendered once its token exists, and that is
// in the middle of an update: a preview would not see that one is too large.
func (b *builder) checkDocuments() error {
	var faults []error
	for _, m := range b.firstBoot().Kinds() {
		if _, err := b.firstBoot().Size(m); err != nil {
			faults = append(faults, fmt.Errorf("render what %s runs: %w", m.Name, err))
		}
	}
	return errors.Join(faults...)
}

// masterCustomData renders the document that holds the cluster's root keys. It
// is a secret because they are.
func (b *builder) masterCustomData(i int) pulumi.StringOutput {
	document := pulumi.All(b.bootFacts(b.def.MasterName(i)), b.pki.material(), b.azureFacts()).ApplyT(func(v []any) (string, error) {
		return encoded(b.firstBoot().Master(i, v[0].(firstboot.Facts), v[1].(bootstrap.PKI), v[2].(firstboot.Azure)))
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

// workerCustomData renders a worker's document. It holds the bootstrap token, so
// it is a secret.
func (b *builder) workerCustomData(pool *apimodel.AgentPoolProfile, i int) pulumi.StringOutput {
	inputs := []any{b.bootFacts(pool.Name)}
	if pool.OSType == apimodel.Windows {
		for _, key := range b.login.sshPublicKeys {
			inputs = append(inputs, key)
		}
	}
	document := pulumi.All(inputs...).ApplyT(func(v []any) (string, error) {
		var keys []string
		for _, key := range v[1:] {
			keys = append(keys, key.(string))
		}
		return encoded(b.firstBoot().Worker(pool, i, v[0].(firstboot.Facts), keys))
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

// bootFacts are what each node is told and only resources know. owner is the
// master or the pool whose host key it is.
func (b *builder) bootFacts(owner string) pulumi.Output {
	return pulumi.All(
		b.pki.token, b.pki.caCertHash, b.frontend.address, b.hostKeys.of(owner), b.pull.tenantID, b.pull.clientID,
	).ApplyT(func(v []any) firstboot.Facts {
		return firstboot.Facts{
			Token: v[0].(string), CACertHash: v[1].(string), APIAddress: v[2].(string), HostKey: v[3].(bootstrap.HostKey),
			TenantID: v[4].(string), PullClientID: v[5].(string),
		}
	})
}

// azureFacts are what the masters are told of Azure and only resources know.
func (b *builder) azureFacts() pulumi.Output {
	return pulumi.All(
		b.identity.tenantID, b.group.subscriptionID(), b.group.name,
		b.network.vnetName, b.network.vnetGroup, b.network.nodeGroupName,
		b.identity.identityClientID, b.identity.clientID, b.identity.clientSecret,
	).ApplyT(func(v []any) firstboot.Azure {
		s := func(i int) string { return v[i].(string) }
		return firstboot.Azure{
			TenantID: s(0), SubscriptionID: s(1), ResourceGroup: s(2),
			VnetName: s(3), VnetResourceGroup: s(4), SecurityGroup: s(5),
			IdentityClientID: s(6), ClientID: s(7), ClientSecret: s(8), SecretRef: b.identity.secretRef,
		}
	})
}

func isTrue(b *bool) bool { return b != nil && *b }

// encoded turns a rendered document into what Azure takes.
func encoded(document string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString([]byte(document)), nil
}
