package emulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that asks for a name of the emulated world gets the server behind it,
// and still checks that server's certificate.
func TestProxyLeadsNamesToServers(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "here")
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "https://")
	p, err := startProxy(t.Context(), func(_ context.Context, host string, port int) (string, error) {
		switch {
		case host == "example.com" && port == 6443: // a name in the server's certificate
			return address, nil
		case host == "gone.example.com":
			return "", errors.New("connection refused")
		}
		return "", nil
	}, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()
	through, err := url.Parse(p.url())
	require.NoError(t, err)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(through)
	client := &http.Client{Transport: transport}
	get := func(target string) (string, error) { return fetch(t, client, target) }

	body, err := get("https://example.com:6443/")
	require.NoError(t, err)
	require.Equal(t, "here", body)
	body, err = get(server.URL)
	require.NoError(t, err)
	require.Equal(t, "here", body, "what is not of the emulated world is dialled itself")
	_, err = get("https://gone.example.com:6443/")
	require.Error(t, err)
	plain, err := get(p.url())
	require.True(t, err != nil || strings.Contains(plain, "CONNECT"), "it is a proxy for nothing else")
}

// What is not of the emulated world goes through the user's own proxy, where charts
// are out of reach without one.
func TestProxyGoesOnThroughTheUsersProxy(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "charts")
	}))
	defer server.Close()
	asked := make(chan string, 2)
	own, err := startProxy(t.Context(), func(_ context.Context, host string, _ int) (string, error) {
		asked <- host
		if host == "refused.example.com" {
			return "", errors.New("no")
		}
		return strings.TrimPrefix(server.URL, "https://"), nil
	}, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, own.close()) }()
	o, err := OptionsFromEnv(func(name string) string {
		return map[string]string{"https_proxy": own.url(), "NO_PROXY": "near.example.com"}[name]
	})
	require.NoError(t, err)
	p, err := startProxy(t.Context(), func(context.Context, string, int) (string, error) { return "", nil }, o.Proxy.ProxyFunc())
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()

	through, err := url.Parse(p.url())
	require.NoError(t, err)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(through)
	get := func(address string) (string, error) { return fetch(t, &http.Client{Transport: transport}, address) }
	body, err := get("https://example.com/index.yaml")
	require.NoError(t, err)
	require.Equal(t, "charts", body)
	require.Equal(t, "example.com", <-asked)
	_, err = get("https://refused.example.com/")
	require.ErrorContains(t, err, "Bad Gateway")
	require.Equal(t, "refused.example.com", <-asked)
	near, err := o.Proxy.ProxyFunc()(&url.URL{Scheme: "https", Host: "near.example.com:443"})
	require.NoError(t, err)
	require.Nil(t, near, "what the user reaches without a proxy")
}

// fetch is the body of what a client gets.
func fetch(t *testing.T, client *http.Client, address string) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}
