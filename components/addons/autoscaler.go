package addons

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	autoscalerName = "cluster-autoscaler"
	// autoscalerLogin is the Secret with the service principal.
	autoscalerLogin = "cluster-autoscaler-azure"
)

// autoscalerDefaults are flags whose default in AKS Engine is another one than
// Cluster Autoscaler's own:
// https://github.com/Azure/aks-engine/blob/master/examples/addons/cluster-autoscaler/README.md
func autoscalerDefaults() map[string]string {
	return map[string]string{
		"balance-similar-node-groups": "true", "scan-interval": "1m", "skip-nodes-with-local-storage": "false", "v": "3",
	}
}

// autoscalerTimes are how long a machine may take, and what it may be tainted with
// until it is ready. A Windows machine takes longer than the quarter of an hour that
// Cluster Autoscaler waits before it gives up on it and tries another:
// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-are-the-parameters-to-ca
func (in installer) autoscalerTimes() map[string]string {
	flags := map[string]string{}
	if in.args.Windows {
		flags["max-node-provision-time"], flags["max-node-startup-time"] = "45m", "45m"
	}
	if in.args.Options.AzureDiskCSI {
		// Pools may have it until the driver runs, which takes it away.
		flags["startup-taint"] = "disk.csi.azure.com/agent-not-ready"
	}
	return flags
}

// clusterAutoscaler scales scale sets. It runs where the cluster's identity is, on
// the control plane's own network, from where Azure's login service for identities
// is reached.
func (in installer) clusterAutoscaler(opts ...pulumi.ResourceOption) error {
	scaler := in.args.Options.Autoscaler
	flags := pulumi.Map{}
	for _, layer := range []map[string]string{autoscalerDefaults(), in.autoscalerTimes(), scaler.Flags} {
		for name, value := range layer {
			flags[name] = pulumi.String(value)
		}
	}
	sets := make(pulumi.Array, len(scaler.Sets))
	for i, set := range scaler.Sets {
		sets[i] = pulumi.Map{"name": pulumi.String(set.Name), "minSize": pulumi.Int(set.Min), "maxSize": pulumi.Int(set.Max)}
	}
	values := pulumi.Map{
		"fullnameOverride":  pulumi.String(autoscalerName),
		"cloudProvider":     pulumi.String("azure"),
		"azureVMType":       pulumi.String("vmss"),
		"autoscalingGroups": sets,
		"extraArgs":         flags,
		"image":             pulumi.Map{"tag": pulumi.String(in.args.Release.ClusterAutoscaler)},
		"nodeSelector":      onMasters(),
		"tolerations":       bearMasters(),
		"hostNetwork":       pulumi.Bool(true),
		// On the host's network it has the host's port, so a second one beside it on the
		// only master would never start.
		"updateStrategy": pulumi.Map{"type": pulumi.String("Recreate")},
		// AKS Engine's requests.
		"resources": pulumi.Map{"requests": pulumi.StringMap{"cpu": pulumi.String("100m"), "memory": pulumi.String("300Mi")}},
	}
	if err := in.autoscalerLogin(scaler.Login, values); err != nil {
		return err
	}
	_, err := in.install(clusterAutoscalerChart, autoscalerName, kubeSystem, values, opts...)
	return err
}

// autoscalerLogin says how it logs in. A service principal's secret goes into a
// Secret of its own, and not into the release's values.
func (in installer) autoscalerLogin(login AzureLogin, values pulumi.Map) error {
	if login.IdentityClientID != nil {
		values["azureSubscriptionID"], values["azureResourceGroup"] = login.SubscriptionID, login.ResourceGroup
		values["azureUseManagedIdentityExtension"] = pulumi.Bool(true)
		values["azureUserAssignedIdentityID"] = login.IdentityClientID
		return nil
	}
	values["secretKeyRefNameOverride"] = pulumi.String(autoscalerLogin)
	_, err := corev1.NewSecret(in.ctx, in.name+"-"+autoscalerLogin, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(autoscalerLogin), Namespace: pulumi.String(kubeSystem)},
		StringData: pulumi.StringMap{
			"SubscriptionID": login.SubscriptionID, "ResourceGroup": login.ResourceGroup, "TenantID": login.TenantID,
			"VMType": pulumi.String("vmss"), "ClientID": login.ClientID,
			"ClientSecret": pulumi.ToSecret(login.ClientSecret).(pulumi.StringOutput),
		},
	}, in.options()...)
	return err
}
