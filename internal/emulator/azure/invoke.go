package azure

import (
	"context"
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// invoke answers getClientConfig, getSharedKeys, and getX for every resource type X.
func (c *Cloud) invoke(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
	function := string(req.Token)
	if function == "azure-native:authorization:getClientConfig" {
		return p.InvokeResponse{Return: property.NewMap(map[string]property.Value{
			"clientId":       property.New(ClientID),
			"objectId":       property.New(ClientObjectID),
			"subscriptionId": property.New(SubscriptionID),
			"tenantId":       property.New(TenantID),
		})}, nil
	}
	if function == "azure-native:operationalinsights:getSharedKeys" {
		return c.sharedKeys(ctx, req)
	}
	k, ok := c.kinds[strings.Replace(function, ":get", ":", 1)]
	if !ok || !strings.Contains(function, ":get") {
		return p.InvokeResponse{}, fmt.Errorf("the emulator does not know function %s", function)
	}
	id := k.id(props.PlainMap(req.Args))
	if id == "" {
		return p.InvokeResponse{Failures: []p.CheckFailure{{Reason: fmt.Sprintf("%s needs all of %v", function, k.parameters())}}}, nil
	}
	var response p.InvokeResponse
	err := c.store.View(ctx, func(w *world.World) error {
		r := w.Find(id)
		if r == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", id)
		}
		response.Return = k.respond(k.current(w, r), property.Map{}).Set("id", property.New(r.ID))
		return nil
	})
	return response, err
}
