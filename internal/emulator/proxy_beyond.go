package emulator

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// userProxy is the user's own way out, by HTTPS_PROXY and NO_PROXY: what is not of the
// emulated world takes it.
func userProxy(getenv func(string) string) httpproxy.Config {
	first := func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
	return httpproxy.Config{HTTPSProxy: first("HTTPS_PROXY", "https_proxy"), NoProxy: first("NO_PROXY", "no_proxy")}
}

// outside dials an address that is not of the emulated world.
func (p *proxy) outside(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	var via *url.URL
	if p.beyond != nil {
		var err error
		if via, err = p.beyond(&url.URL{Scheme: "https", Host: address}); err != nil {
			return nil, fmt.Errorf("HTTPS_PROXY: %w", err)
		}
	}
	if via == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	var conn net.Conn
	var err error
	switch via.Scheme {
	case "http":
		conn, err = dialer.DialContext(ctx, "tcp", withPort(via, "80"))
	case "https":
		secure := tls.Dialer{NetDialer: &dialer}
		conn, err = secure.DialContext(ctx, "tcp", withPort(via, "443"))
	default:
		return nil, fmt.Errorf("HTTPS_PROXY is a proxy of the kind %s: the emulator passes on to http and https alone", via.Scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("reaching the proxy of HTTPS_PROXY: %w", err)
	}
	there, err := tunnel(conn, via, address)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return there, nil
}

func withPort(u *url.URL, port string) string {
	if u.Port() != "" {
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// tunnel asks a proxy to lead on to an address.
func tunnel(conn net.Conn, via *url.URL, address string) (net.Conn, error) {
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if via.User != nil {
		password, _ := via.User.Password()
		login := base64.StdEncoding.EncodeToString([]byte(via.User.Username() + ":" + password))
		request.Header.Set("Proxy-Authorization", "Basic "+login)
	}
	if err := request.Write(conn); err != nil {
		return nil, fmt.Errorf("asking the proxy of HTTPS_PROXY: %w", err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request) //nolint:bodyclose // what follows the answer is the connection
	if err != nil {
		return nil, fmt.Errorf("asking the proxy of HTTPS_PROXY: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the proxy of HTTPS_PROXY refuses %s: %s", address, response.Status)
	}
	return &begunConn{Conn: conn, reader: reader}, nil
}

// begunConn is a connection of which something may have been read ahead.
type begunConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *begunConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
