// Package groups works with Azure's resource groups beside Pulumi: it finds
// them by tag, changes their tags and deletes them with all they hold. It is for
// what no stack's state knows any more.
package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

// Group is one resource group.
type Group struct {
	// ID is its ARM id, Name its name, which is unique in the subscription.
	ID, Name string
	Tags     map[string]string
}

// Client works with the groups of one subscription.
type Client struct {
	azure *armresources.ResourceGroupsClient
	all   *armresources.Client
}

// New makes a client. transport is what requests go through; nil is the network.
func New(subscription string, credential azcore.TokenCredential, transport policy.Transporter) (*Client, error) {
	factory, err := armresources.NewClientFactory(subscription, credential, &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: transport},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing to ask Azure for resource groups: %w", err)
	}
	return &Client{azure: factory.NewResourceGroupsClient(), all: factory.NewClient()}, nil
}

// Tagged lists the groups that have a tag, sorted by name. Azure takes the names
// of tags in any case:
// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
func (c *Client) Tagged(ctx context.Context, tag string) ([]Group, error) {
	var found []Group
	filter := fmt.Sprintf("tagName eq '%s'", strings.ReplaceAll(tag, "'", "''"))
	pager := c.azure.NewListPager(&armresources.ResourceGroupsClientListOptions{Filter: &filter})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing resource groups with the tag %s: %w", tag, brief(err))
		}
		for _, g := range page.Value {
			if g == nil || g.Name == nil || g.ID == nil {
				continue
			}
			found = append(found, Group{ID: *g.ID, Name: *g.Name, Tags: plain(g.Tags)})
		}
	}
	slices.SortFunc(found, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// Find reads one group. It is nil where there is none of that name.
func (c *Client) Find(ctx context.Context, name string) (*Group, error) {
	got, err := c.azure.Get(ctx, name, nil)
	switch {
	case missing(err):
		return nil, nil //nolint:nilnil // that is what there is
	case err != nil:
		return nil, fmt.Errorf("reading resource group %s: %w", name, brief(err))
	case got.Name == nil || got.ID == nil:
		return nil, fmt.Errorf("reading resource group %s: azure answers without its name", name)
	}
	return &Group{ID: *got.ID, Name: *got.Name, Tags: plain(got.Tags)}, nil
}

// Resources lists the ids of what is in a group, as far as it stands on its own:
// subnets and the like are not listed.
// https://learn.microsoft.com/rest/api/resources/resources/list-by-resource-group
func (c *Client) Resources(ctx context.Context, name string) ([]string, error) {
	var ids []string
	pager := c.all.NewListByResourceGroupPager(name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing what is in resource group %s: %w", name, brief(err))
		}
		for _, r := range page.Value {
			if r != nil && r.ID != nil {
				ids = append(ids, *r.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// SetTags sets tags of a group. An empty value takes a tag away; others stay.
func (c *Client) SetTags(ctx context.Context, name string, change map[string]string) error {
	got, err := c.azure.Get(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("reading resource group %s: %w", name, brief(err))
	}
	tags := plain(got.Tags)
	for tag, value := range change {
		maps.DeleteFunc(tags, func(k, _ string) bool { return strings.EqualFold(k, tag) })
		if value != "" {
			tags[tag] = value
		}
	}
	patch := armresources.ResourceGroupPatchable{Tags: map[string]*string{}}
	for tag, value := range tags {
		patch.Tags[tag] = new(value)
	}
	if _, err := c.azure.Update(ctx, name, patch, nil); err != nil {
		return fmt.Errorf("tagging resource group %s: %w", name, brief(err))
	}
	return nil
}

// Delete deletes a group and everything in it, and returns when it is gone. A
// group that is not there is no error.
func (c *Client) Delete(ctx context.Context, name string) error {
	poller, err := c.azure.BeginDelete(ctx, name, nil)
	if err == nil {
		_, err = poller.PollUntilDone(ctx, nil)
	}
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting resource group %s: %w", name, brief(err))
	}
	return nil
}

// missing says that there is no such group.
func missing(err error) bool {
	var response *azcore.ResponseError
	return errors.As(err, &response) && response.StatusCode == http.StatusNotFound
}

// brief keeps Azure's code out of an answer that is printed over twenty lines.
func brief(err error) error {
	var response *azcore.ResponseError
	if errors.As(err, &response) && response.ErrorCode != "" {
		return fmt.Errorf("azure answers %d %s", response.StatusCode, response.ErrorCode)
	}
	return err
}

func plain(tags map[string]*string) map[string]string {
	out := make(map[string]string, len(tags))
	for k, v := range tags {
		if v != nil {
			out[k] = *v
		}
	}
	return out
}
