package azure

import (
	"context"
	"errors"
	"net/http"
	"strings"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources/fake"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Manager answers the Azure SDK's requests for resource groups, for what is in one, and for rights, from the world, as
// Azure Resource Manager does:
// https://learn.microsoft.com/rest/api/resources/resource-groups
//
// around is called with each request's operation (list, read, update, delete) and group; it calls next, or fails.
func (c *Cloud) Manager(around func(op, group string, next func() error) error) policy.Transporter {
	m := manager{cloud: c, around: around}
	groups := fake.NewServerFactoryTransport(&fake.ServerFactory{
		ResourceGroupsServer: fake.ResourceGroupsServer{
			NewListPager: m.list, Get: m.get, Update: m.update, BeginDelete: m.remove,
		},
		Server: fake.Server{NewListByResourceGroupPager: m.contents},
	})
	return authority{cloud: c, next: groups}
}

type manager struct {
	cloud  *Cloud
	around func(op, group string, next func() error) error
}

func (m manager) list(o *armresources.ResourceGroupsClientListOptions) (pager azfake.PagerResponder[armresources.ResourceGroupsClientListResponse]) {
	tag := ""
	if o != nil && o.Filter != nil {
		var ok bool
		if tag, ok = strings.CutPrefix(*o.Filter, "tagName eq '"); !ok {
			pager.AddResponseError(http.StatusBadRequest, "InvalidFilterInQueryString")
			return pager
		}
		tag = strings.TrimSuffix(tag, "'")
	}
	var page armresources.ResourceGroupListResult
	err := m.around("list", "", func() error {
		return m.cloud.store.View(context.Background(), func(w *world.World) error {
			for _, r := range w.Resources {
				if r.Type == groupType && (tag == "" || hasTag(r, tag)) {
					page.Value = append(page.Value, new(answer(r)))
				}
			}
			return nil
		})
	})
	if err != nil {
		pager.AddResponseError(refusal(err))
		return pager
	}
	pager.AddPage(http.StatusOK, armresources.ResourceGroupsClientListResponse{ResourceGroupListResult: page}, nil)
	return pager
}

// contents lists what stands on its own in a group; what belongs to a resource, as subnets do, is not listed, nor are
// role assignments.
func (m manager) contents(
	name string, o *armresources.ClientListByResourceGroupOptions,
) (pager azfake.PagerResponder[armresources.ClientListByResourceGroupResponse]) {
	if o != nil && o.Filter != nil {
		pager.AddResponseError(http.StatusBadRequest, "InvalidFilterInQueryString")
		return pager
	}
	var page armresources.ResourceListResult
	err := m.around("list", name, func() error {
		return m.cloud.store.View(context.Background(), func(w *world.World) error {
			group, err := m.find(w, name)
			if err != nil {
				return err
			}
			for _, r := range w.Resources {
				id, err := arm.Parse(r.ID)
				if err != nil || len(id.Types) != 1 || r.Type == assignmentType || !arm.Under(r.ID, group.ID) {
					continue
				}
				page.Value = append(page.Value, &armresources.GenericResourceExpanded{ID: new(r.ID), Name: new(r.Name), Type: new(r.Type)})
			}
			return nil
		})
	})
	if err != nil {
		pager.AddResponseError(refusal(err))
		return pager
	}
	pager.AddPage(http.StatusOK, armresources.ClientListByResourceGroupResponse{ResourceListResult: page}, nil)
	return pager
}

func (m manager) get(
	ctx context.Context, name string, _ *armresources.ResourceGroupsClientGetOptions,
) (resp azfake.Responder[armresources.ResourceGroupsClientGetResponse], errs azfake.ErrorResponder) {
	err := m.around("read", name, func() error {
		return m.cloud.store.View(ctx, func(w *world.World) error {
			r, err := m.find(w, name)
			if err == nil {
				resp.SetResponse(http.StatusOK, armresources.ResourceGroupsClientGetResponse{ResourceGroup: answer(r)}, nil)
			}
			return err
		})
	})
	if err != nil {
		errs.SetResponseError(refusal(err))
	}
	return resp, errs
}

// update replaces the tags, as Azure does.
func (m manager) update(
	ctx context.Context, name string, patch armresources.ResourceGroupPatchable, _ *armresources.ResourceGroupsClientUpdateOptions,
) (resp azfake.Responder[armresources.ResourceGroupsClientUpdateResponse], errs azfake.ErrorResponder) {
	err := m.around("update", name, func() error {
		return m.cloud.store.Update(ctx, func(w *world.World) error {
			r, err := m.find(w, name)
			if err != nil {
				return err
			}
			for _, side := range []map[string]any{r.Inputs, r.Outputs} {
				tags := map[string]any{}
				for k, v := range patch.Tags {
					tags[k] = *v
				}
				side["tags"] = tags
			}
			resp.SetResponse(http.StatusOK, armresources.ResourceGroupsClientUpdateResponse{ResourceGroup: answer(r)}, nil)
			return nil
		})
	})
	if err != nil {
		errs.SetResponseError(refusal(err))
	}
	return resp, errs
}

func (m manager) remove(
	ctx context.Context, name string, _ *armresources.ResourceGroupsClientBeginDeleteOptions,
) (resp azfake.PollerResponder[armresources.ResourceGroupsClientDeleteResponse], errs azfake.ErrorResponder) {
	err := m.around("delete", name, func() error {
		return m.cloud.store.Update(ctx, func(w *world.World) error {
			r, err := m.find(w, name)
			if err != nil {
				return err
			}
			delete(w.Resources, world.Key(r.ID))
			leaveGroup(w, r)
			guest.Advance(w)
			return nil
		})
	})
	if err != nil {
		errs.SetResponseError(refusal(err))
		return resp, errs
	}
	resp.SetTerminalResponse(http.StatusOK, armresources.ResourceGroupsClientDeleteResponse{}, nil)
	return resp, errs
}

func (m manager) find(w *world.World, name string) (*world.Resource, error) {
	k := m.cloud.kinds["azure-native:resources:ResourceGroup"]
	if r := w.Find(k.id(map[string]any{"resourceGroupName": name})); r != nil {
		return r, nil
	}
	return nil, notFound("ResourceGroupNotFound", "Resource group '%s' could not be found.", name)
}

func answer(r *world.Resource) armresources.ResourceGroup {
	g := armresources.ResourceGroup{
		ID: new(r.ID), Name: new(r.Name), Type: new(r.Type),
		Location: new(tree.String(r.Outputs, "location")), Tags: map[string]*string{},
	}
	tags, _ := r.Outputs["tags"].(map[string]any)
	for k, v := range tags {
		if text, ok := v.(string); ok {
			g.Tags[k] = new(text)
		}
	}
	return g
}

func hasTag(r *world.Resource, name string) bool {
	tags, _ := r.Outputs["tags"].(map[string]any)
	for k := range tags {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// refusal is an error as an answer's status and code.
func refusal(err error) (status int, code string) {
	var e *Error
	if errors.As(err, &e) {
		return e.Status, e.Code
	}
	return http.StatusInternalServerError, "InternalServerError"
}
