package hybridcluster

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func (b *builder) declareKubeconfig() error {
	text := pulumi.All(b.component.APIServer, b.pki.cluster.certPem, b.pki.adminCert, b.pki.adminKey).ApplyT(func(v []any) (string, error) {
		return renderKubeconfig(b.prefix, v[0].(string), v[1].(string), v[2].(string), v[3].(string))
	}).(pulumi.StringOutput)
	b.component.Kubeconfig = pulumi.ToSecret(text).(pulumi.StringOutput)
	return nil
}

// renderKubeconfig writes a kubeconfig with one cluster, one user and one
// context, all named after the cluster.
func renderKubeconfig(name, server, caPem, certPem, keyPem string) (string, error) {
	user := name + "-admin"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: []byte(caPem)}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{
		ClientCertificateData: []byte(certPem), ClientKeyData: []byte(keyPem),
	}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: user}
	config.CurrentContext = name
	data, err := clientcmd.Write(*config)
	if err != nil {
		return "", fmt.Errorf("write the kubeconfig: %w", err)
	}
	return string(data), nil
}

// declareKubernetesProvider makes the provider that applies objects to the
// cluster. It waits for the control plane's extension, which succeeds only when
// the API server is up.
func (b *builder) declareKubernetesProvider() error {
	b.component.KubernetesEndpoint = b.frontend.address
	if len(b.plan.MasterIPs) == 1 {
		b.component.KubernetesEndpoint = pulumi.String(b.plan.MasterIPs[0]).ToStringOutput()
	}
	b.component.Lifetime = b.control.machines[0]
	if b.group.owned != nil {
		b.component.Lifetime = b.group.owned
	}
	// A new certificate makes a new kubeconfig for the same cluster. What makes it
	// another cluster is its name, its group and its CA.
	identifier := pulumi.Sprintf("%s/%s/%s", b.group.name, b.endpoint, b.pki.caCertHash)
	provider, err := kubernetes.NewProvider(b.ctx, b.child("kubernetes"), &kubernetes.ProviderArgs{
		Kubeconfig:            b.component.Kubeconfig.ToStringPtrOutput(),
		ClusterIdentifier:     identifier.ToStringPtrOutput(),
		EnableServerSideApply: pulumi.Bool(true),
		// A cluster that is gone cannot answer; its objects went with it.
		DeleteUnreachable: pulumi.Bool(true),
	}, pulumi.Parent(b.component), pulumi.DependsOn(slices.Concat(b.control.ready, b.identity.rights)))
	if err != nil {
		return err
	}
	b.component.Provider = provider
	return nil
}
