package target

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/hybridcluster/hybridcluster/internal/groups"
	"github.com/hybridcluster/hybridcluster/internal/rights"
)

// Account asks about rights in the place's cloud.
type Account struct {
	// Subscription is its id.
	Subscription string
	// Client asks as the user.
	Client *rights.Client
	// As asks as a service principal.
	As func(ctx context.Context, clientID, secret string) (*rights.Client, error)
}

// Account reaches the place's cloud as [Target.Groups] does.
func (t *Target) Account(ctx context.Context) (Account, error) {
	if t.world != nil {
		return t.emulatedAccount()
	}
	subscription, credential, err := groups.Login(ctx, t.o.Getenv)
	if err != nil {
		return Account{}, err
	}
	client, err := rights.New(credential, nil)
	if err != nil {
		return Account{}, err
	}
	return Account{subscription, client, func(ctx context.Context, clientID, secret string) (*rights.Client, error) {
		tenant, err := client.Tenant(ctx, subscription)
		if err != nil {
			return nil, err
		}
		principal, err := azidentity.NewClientSecretCredential(tenant, clientID, secret, nil)
		if err != nil {
			return nil, fmt.Errorf("logging in as service principal %s: %w", clientID, err)
		}
		return rights.New(principal, nil)
	}}, nil
}

func (t *Target) emulatedAccount() (Account, error) {
	subscription, transport := t.world.Azure()
	client, err := rights.New(&fake.TokenCredential{}, transport)
	return Account{subscription, client, func(_ context.Context, clientID, _ string) (*rights.Client, error) {
		return rights.New(emulatedPrincipal(clientID), transport)
	}}, err
}

// emulatedPrincipal logs in to the emulator as a service principal, without a secret.
type emulatedPrincipal string

// GetToken gives a token that says who it is.
func (p emulatedPrincipal) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "service-principal:" + string(p), ExpiresOn: time.Now().Add(time.Hour)}, nil
}
