package azure

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// ofSomebody refuses an id in a subscription that is not there, in which nothing can be
// gone: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-subscription-not-found
//
// A state of a real cluster that gets to the emulator is left alone for that: what is
// not found would be forgotten.
func ofSomebody(w *world.World, id string) error {
	subscription, inOne := subscriptionOf(id)
	if !inOne || strings.EqualFold(subscription, SubscriptionID) {
		return nil
	}
	for _, r := range w.Resources {
		if other, _ := subscriptionOf(r.ID); strings.EqualFold(other, subscription) {
			return nil // one that was there before, with what stands in it
		}
	}
	return notFound("SubscriptionNotFound", "The subscription '%s' could not be found.", subscription)
}

func subscriptionOf(id string) (subscription string, ok bool) {
	parts := strings.Split(id, "/")
	if len(parts) < 3 || parts[0] != "" || !strings.EqualFold(parts[1], "subscriptions") {
		return "", false
	}
	return parts[2], true
}
