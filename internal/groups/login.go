package groups

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// FromEnvironment makes a client for the subscription and the login that the
// azure-native provider would use: the ARM_* variables, then what Azure's own
// tools know (AZURE_*, a managed identity, `az login`).
// https://www.pulumi.com/registry/packages/azure-native/installation-configuration/
func FromEnvironment(ctx context.Context, getenv func(string) string) (*Client, error) {
	credential, err := login(getenv)
	if err != nil {
		return nil, fmt.Errorf("logging in to Azure: %w", err)
	}
	subscription, err := subscriptionID(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return New(subscription, credential, nil)
}

func login(getenv func(string) string) (azcore.TokenCredential, error) {
	tenant, client := getenv("ARM_TENANT_ID"), getenv("ARM_CLIENT_ID")
	switch {
	case tenant != "" && client != "" && getenv("ARM_CLIENT_SECRET") != "":
		return azidentity.NewClientSecretCredential(tenant, client, getenv("ARM_CLIENT_SECRET"), nil)
	case tenant != "" && client != "" && getenv("ARM_OIDC_TOKEN") != "":
		return azidentity.NewClientAssertionCredential(tenant, client, func(context.Context) (string, error) {
			return getenv("ARM_OIDC_TOKEN"), nil
		}, nil)
	case tenant != "" && client != "" && getenv("ARM_OIDC_TOKEN_FILE_PATH") != "":
		return azidentity.NewClientAssertionCredential(tenant, client, func(context.Context) (string, error) {
			data, err := os.ReadFile(getenv("ARM_OIDC_TOKEN_FILE_PATH"))
			return strings.TrimSpace(string(data)), err
		}, nil)
	case getenv("ARM_USE_MSI") == "true":
		o := &azidentity.ManagedIdentityCredentialOptions{}
		if client != "" {
			o.ID = azidentity.ClientID(client)
		}
		return azidentity.NewManagedIdentityCredential(o)
	default:
		return azidentity.NewDefaultAzureCredential(nil)
	}
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
