// Package rights finds out, before anything is made, whether the identity or the
// service principal that a cluster is given may do what its cloud provider does.
// Azure itself would say it half an hour later, in an event of a Service.
package rights

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Client asks Azure Resource Manager about rights:
// https://learn.microsoft.com/rest/api/authorization
type Client struct{ azure *arm.Client }

// New makes a client. transport is what requests go through; nil is the network.
func New(credential azcore.TokenCredential, transport policy.Transporter) (*Client, error) {
	client, err := arm.NewClient("hybridcluster/rights", "v1.0.0", credential, &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: transport},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing to ask Azure about rights: %w", err)
	}
	return &Client{azure: client}, nil
}

// Permission is what one role allows. Stars stand for any text.
type Permission struct {
	Actions    []string `json:"actions"`
	NotActions []string `json:"notActions"`
}

// Allows says whether the role has the action. Azure ignores case.
func (p Permission) Allows(action string) bool {
	return anyMatches(p.Actions, action) && !anyMatches(p.NotActions, action)
}

func anyMatches(patterns []string, action string) bool {
	for _, pattern := range patterns {
		expression := `(?i)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`
		if ok, err := regexp.MatchString(expression, action); err == nil && ok {
			return true
		}
	}
	return false
}

// Principal is the object id of a user-assigned identity.
func (c *Client) Principal(ctx context.Context, identityID string) (string, error) {
	var identity struct {
		Properties struct {
			PrincipalID string `json:"principalId"`
		} `json:"properties"`
	}
	err := c.get(ctx, identityID, "2023-01-31", "", &identity)
	return identity.Properties.PrincipalID, err
}

// Tenant is the directory that a subscription belongs to.
func (c *Client) Tenant(ctx context.Context, subscription string) (string, error) {
	var account struct {
		TenantID string `json:"tenantId"`
	}
	err := c.get(ctx, "/subscriptions/"+subscription, "2022-12-01", "", &account)
	return account.TenantID, err
}

// Own are the permissions of whoever this client is logged in as.
func (c *Client) Own(ctx context.Context, scope string) ([]Permission, error) {
	var list struct {
		Value []Permission `json:"value"`
	}
	err := c.get(ctx, scope+"/providers/Microsoft.Authorization/permissions", authorizationAPI, "", &list)
	if status(err) == http.StatusForbidden {
		return nil, nil // who may nothing there may not ask either
	}
	return list.Value, err
}

const authorizationAPI = "2022-04-01"

// Of are the permissions of a principal, given at the scope or above it, to itself or
// to a group that it is in.
func (c *Client) Of(ctx context.Context, principal, scope string) ([]Permission, error) {
	var assignments struct {
		Value []struct {
			Properties struct {
				RoleDefinitionID string `json:"roleDefinitionId"`
			} `json:"properties"`
		} `json:"value"`
	}
	filter := "atScope() and assignedTo('" + principal + "')"
	if err := c.get(ctx, scope+"/providers/Microsoft.Authorization/roleAssignments", authorizationAPI, filter, &assignments); err != nil {
		return nil, err
	}
	var all []Permission
	for _, a := range assignments.Value {
		var role struct {
			Properties struct {
				Permissions []Permission `json:"permissions"`
			} `json:"properties"`
		}
		if err := c.get(ctx, a.Properties.RoleDefinitionID, authorizationAPI, "", &role); err != nil {
			return nil, err
		}
		all = append(all, role.Properties.Permissions...)
	}
	return all, nil
}

func (c *Client) get(ctx context.Context, path, version, filter string, answer any) error {
	query := url.Values{"api-version": {version}}
	if filter != "" {
		query.Set("$filter", filter)
	}
	req, err := runtime.NewRequest(ctx, http.MethodGet, runtime.JoinPaths(c.azure.Endpoint(), path))
	if err != nil {
		return fmt.Errorf("asking Azure about %s: %w", path, err)
	}
	// As one piece: Azure takes no plus sign for a space.
	req.Raw().URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	response, err := c.azure.Pipeline().Do(req) //nolint:bodyclose // Payload and NewResponseError close it
	if err != nil {
		return fmt.Errorf("asking Azure about %s: %w", path, err)
	}
	if !runtime.HasStatusCode(response, http.StatusOK) {
		return fmt.Errorf("asking Azure about %s: %w", path, answered(runtime.NewResponseError(response)))
	}
	data, err := runtime.Payload(response)
	if err == nil {
		err = json.Unmarshal(data, answer)
	}
	if err != nil {
		return fmt.Errorf("asking Azure about %s: %w", path, err)
	}
	return nil
}

// refused is Azure's answer in one line.
type refused struct {
	status int
	code   string
}

func (r *refused) Error() string { return fmt.Sprintf("azure answers %d %s", r.status, r.code) }

func answered(err error) error {
	var response *azcore.ResponseError
	if errors.As(err, &response) {
		return &refused{response.StatusCode, response.ErrorCode}
	}
	return err
}

// status is the HTTP status of Azure's answer, 0 if it is none.
func status(err error) int {
	var r *refused
	if errors.As(err, &r) {
		return r.status
	}
	return 0
}
