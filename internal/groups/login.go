package groups

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// FromEnvironment makes a client for what [Login] finds.
func FromEnvironment(ctx context.Context, getenv func(string) string) (*Client, error) {
	subscription, credential, err := Login(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return New(subscription, credential, nil)
}

// Login gives the subscription and the login that the environment names: the ARM_*
// variables as the azure-native provider reads them, then what Azure's own tools know (AZURE_*, a managed identity, `az login`).
// The provider's settings in a stack's config are not read, nor other clouds than
// the public one, and unlike the provider this takes an `az login` of a service
// principal. https://www.pulumi.com/registry/packages/azure-native/installation-configuration/
func Login(ctx context.Context, getenv func(string) string) (subscription string, credential azcore.TokenCredential, err error) {
	if credential, err = login(getenv); err != nil {
		return "", nil, fmt.Errorf("logging in to Azure: %w", err)
	}
	subscription, err = subscriptionID(ctx, getenv)
	return subscription, credential, err
}

// public are the names of the public cloud in ARM_ENVIRONMENT.
var public = []string{"", "public", "azurecloud", "azurepubliccloud"}

// login finds a way to log in. What is asked for and incomplete is an error: the
// login of somebody else is no replacement.
func login(getenv func(string) string) (azcore.TokenCredential, error) {
	tenant, client := getenv("ARM_TENANT_ID"), getenv("ARM_CLIENT_ID")
	if environment := getenv("ARM_ENVIRONMENT"); !slices.Contains(public, strings.ToLower(environment)) {
		return nil, fmt.Errorf("ARM_ENVIRONMENT is %s, and only the public cloud is supported", environment)
	}
	oidc, msi := getenv("ARM_USE_OIDC") == "true", getenv("ARM_USE_MSI") == "true"
	secret, certificate := getenv("ARM_CLIENT_SECRET"), getenv("ARM_CLIENT_CERTIFICATE_PATH")
	if getenv("ARM_USE_DEFAULT_AZURE_CREDENTIAL") == "true" {
		return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{TenantID: tenant})
	}
	if (oidc || secret != "" || certificate != "") && (tenant == "" || client == "") {
		return nil, errors.New("ARM_USE_OIDC, ARM_CLIENT_SECRET and ARM_CLIENT_CERTIFICATE_PATH need ARM_TENANT_ID and ARM_CLIENT_ID")
	}
	switch {
	case certificate != "":
		return certificateLogin(tenant, client, certificate, getenv("ARM_CLIENT_CERTIFICATE_PASSWORD"))
	case secret != "":
		return azidentity.NewClientSecretCredential(tenant, client, secret, nil)
	case oidc:
		assertion, err := assertionFrom(getenv)
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientAssertionCredential(tenant, client, assertion, nil)
	case msi:
		o := &azidentity.ManagedIdentityCredentialOptions{}
		if client != "" {
			o.ID = azidentity.ClientID(client)
		}
		return azidentity.NewManagedIdentityCredential(o)
	default:
		return azidentity.NewDefaultAzureCredential(nil)
	}
}

// certificateLogin reads a PKCS#12 or PEM file.
func certificateLogin(tenant, client, path, password string) (azcore.TokenCredential, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ARM_CLIENT_CERTIFICATE_PATH: %w", err)
	}
	certificates, key, err := azidentity.ParseCertificates(data, []byte(password))
	if err != nil {
		return nil, fmt.Errorf("ARM_CLIENT_CERTIFICATE_PATH: reading %s: %w", path, err)
	}
	return azidentity.NewClientCertificateCredential(tenant, client, certificates, key, nil)
}

func subscriptionID(ctx context.Context, getenv func(string) string) (string, error) {
	for _, name := range []string{"ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"} {
		if id := getenv(name); id != "" {
			return id, nil
		}
	}
	out, err := exec.CommandContext(ctx, "az", "account", "show", "--query", "id", "--output", "tsv").Output()
	if id := strings.TrimSpace(string(out)); err == nil && id != "" {
		return id, nil
	}
	return "", errors.New("no Azure subscription: set ARM_SUBSCRIPTION_ID or run `az login`")
}
