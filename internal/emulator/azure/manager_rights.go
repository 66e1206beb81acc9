package azure

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/roles"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// BearerOfPrincipal begins the token of somebody who is logged in as a service principal; its client id follows.
const BearerOfPrincipal = "service-principal:"

// authority answers questions about rights, and leaves everything else to the transporter behind it:
// https://learn.microsoft.com/rest/api/authorization
type authority struct {
	cloud *Cloud
	next  policy.Transporter
}

var (
	permissionsPath = regexp.MustCompile(`(?i)^(/.+)/providers/Microsoft\.Authorization/permissions$`)
	assignmentsPath = regexp.MustCompile(`(?i)^(/.+)/providers/Microsoft\.Authorization/roleAssignments$`)
	rolePath        = regexp.MustCompile(`(?i)^(/.+)?/providers/Microsoft\.Authorization/roleDefinitions/([^/]+)$`)
	identityPath    = regexp.MustCompile(`(?i)^/.+/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+$`)
	accountPath     = regexp.MustCompile(`(?i)^/subscriptions/[^/]+$`)
	assignedTo      = regexp.MustCompile(`assignedTo\('([^']*)'\)`)
)

// Do answers one request.
func (a authority) Do(req *http.Request) (*http.Response, error) {
	path := strings.TrimSuffix(req.URL.Path, "/")
	if req.Method != http.MethodGet {
		return a.next.Do(req)
	}
	var answer func(w *world.World) (any, error)
	caller, listed, role := permissionsPath.FindStringSubmatch(path), assignmentsPath.FindStringSubmatch(path), rolePath.FindStringSubmatch(path)
	switch {
	case caller != nil:
		client, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "+BearerOfPrincipal)
		answer = func(w *world.World) (any, error) { return permissions(w, client, caller[1]) }
	case listed != nil:
		who := assignedTo.FindStringSubmatch(req.URL.Query().Get("$filter"))
		answer = func(w *world.World) (any, error) { return assignmentsOf(w, who, listed[1]) }
	case role != nil:
		answer = func(*world.World) (any, error) { return definitionOf(path, role[2]) }
	case identityPath.MatchString(path):
		answer = func(w *world.World) (any, error) { return identityAt(w, path) }
	case accountPath.MatchString(path):
		answer = func(*world.World) (any, error) { //nolint:unparam // as the others
			return map[string]any{"id": path, "subscriptionId": path[strings.LastIndex(path, "/")+1:], "tenantId": TenantID}, nil
		}
	default:
		return a.next.Do(req)
	}
	var body any
	err := a.cloud.store.View(req.Context(), func(w *world.World) (err error) {
		body, err = answer(w)
		return err
	})
	return respond(req, body, err)
}

// permissions are those of the caller, whom the token names, at a scope.
func permissions(w *world.World, client, scope string) (any, error) {
	if err := scopeExists(w, scope); err != nil {
		return nil, err
	}
	list := []any{}
	for _, role := range roles.OfApplication(w, client, scope) {
		list = append(list, permission(role))
	}
	return map[string]any{"value": list}, nil
}

func permission(role roles.Role) map[string]any {
	return map[string]any{"actions": role.Actions, "notActions": role.NotActions, "dataActions": []string{}, "notDataActions": []string{}}
}

// assignmentsOf are those at a scope and above it, of one principal if the filter says so.
func assignmentsOf(w *world.World, who []string, scope string) (any, error) {
	if err := scopeExists(w, scope); err != nil {
		return nil, err
	}
	if who == nil {
		return nil, badRequest("UnsupportedQuery", "The filter of the request is not supported here.")
	}
	list := []any{}
	for _, r := range roles.Assignments(w, who[1], scope) {
		list = append(list, map[string]any{"id": r.ID, "name": r.Name, "type": r.Type, "properties": map[string]any{
			"scope": r.Outputs["scope"], "principalId": r.Outputs["principalId"], "roleDefinitionId": r.Outputs["roleDefinitionId"],
		}})
	}
	return map[string]any{"value": list}, nil
}

func scopeExists(w *world.World, scope string) error {
	if id, err := arm.Parse(scope); err == nil && w.Find(id.GroupID()) == nil {
		return notFound("ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	return nil
}

func definitionOf(id, guid string) (any, error) {
	role := roles.Find(guid)
	if role == nil {
		return nil, notFound("RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", guid)
	}
	return map[string]any{"id": id, "name": guid, "type": "Microsoft.Authorization/roleDefinitions", "properties": map[string]any{
		"roleName": role.Name, "permissions": []any{permission(*role)},
	}}, nil
}

func identityAt(w *world.World, id string) (any, error) {
	r := w.Find(id)
	if r == nil {
		return nil, notFound("ResourceNotFound", "The Resource '%s' was not found.", id)
	}
	return map[string]any{"id": r.ID, "name": r.Name, "type": r.Type, "properties": map[string]any{
		"principalId": tree.String(r.Outputs, "principalId"), "clientId": tree.String(r.Outputs, "clientId"), "tenantId": TenantID,
	}}, nil
}

func respond(req *http.Request, body any, err error) (*http.Response, error) {
	status := http.StatusOK
	if err != nil {
		var code string
		status, code = refusal(err)
		body = map[string]any{"error": map[string]any{"code": code, "message": err.Error()}}
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)),
	}, nil
}
