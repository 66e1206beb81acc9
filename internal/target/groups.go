package target

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"github.com/hybridcluster/hybridcluster/internal/groups"
)

// Groups reaches the resource groups of the place's cloud: the emulator's, which
// must be attached, or those of the subscription that the environment names.
func (t *Target) Groups(ctx context.Context) (*groups.Client, error) {
	if t.world == nil {
		return groups.FromEnvironment(ctx, t.o.Getenv)
	}
	subscription, transport := t.world.Azure()
	return groups.New(subscription, &fake.TokenCredential{}, transport)
}
