package groups

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// defaultAudience is whom a token must be for that Microsoft Entra is to accept.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
const defaultAudience = "api://AzureADTokenExchange"

const (
	// tokenTimeout bounds the request for a token, longestToken its answer in bytes.
	tokenTimeout = 30 * time.Second
	longestToken = 1 << 20
)

// assertionFrom finds who vouches for us: a token that is given, a file that is
// renewed, or a CI system that issues one on request, as GitHub Actions does. The
// last is asked each time, for such tokens live for minutes.
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func assertionFrom(getenv func(string) string) (func(context.Context) (string, error), error) {
	if token := getenv("ARM_OIDC_TOKEN"); token != "" {
		return func(context.Context) (string, error) { return token, nil }, nil
	}
	if path := getenv("ARM_OIDC_TOKEN_FILE_PATH"); path != "" {
		return func(context.Context) (string, error) {
			data, err := os.ReadFile(path)
			return strings.TrimSpace(string(data)), err
		}, nil
	}
	token := cmp.Or(getenv("ARM_OIDC_REQUEST_TOKEN"), getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
	address := cmp.Or(getenv("ARM_OIDC_REQUEST_URL"), getenv("ACTIONS_ID_TOKEN_REQUEST_URL"))
	if token == "" || address == "" {
		return nil, errors.New("ARM_USE_OIDC is set, and there is no token: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, " +
			"or ARM_OIDC_REQUEST_TOKEN and ARM_OIDC_REQUEST_URL; a job of GitHub Actions needs the permission id-token: write")
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return nil, errors.New("the address to request an OIDC token from is no URL: see ARM_OIDC_REQUEST_URL")
	}
	query := parsed.Query()
	query.Set("audience", cmp.Or(getenv("ARM_OIDC_AUDIENCE"), defaultAudience))
	parsed.RawQuery = query.Encode()
	return func(ctx context.Context) (string, error) { return requestToken(ctx, parsed.String(), token) }, nil
}

func requestToken(ctx context.Context, address, bearer string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("requesting an OIDC token: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Accept", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("requesting an OIDC token: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("requesting an OIDC token: %s answers %s", request.URL.Host, response.Status)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, longestToken)).Decode(&answer); err != nil || answer.Value == "" {
		return "", fmt.Errorf("requesting an OIDC token: %s answers without one", request.URL.Host)
	}
	return answer.Value, nil
}
