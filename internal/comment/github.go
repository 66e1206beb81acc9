// Package comment keeps one comment per stack on a pull request: it is found by a
// hidden marker, and edited rather than added again.
package comment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// GitHub speaks to GitHub's REST API, version 2022-11-28:
// https://docs.github.com/en/rest/issues/comments
type GitHub struct {
	// API is the address, https://api.github.com by default; GitHub Enterprise has
	// another, which actions find in GITHUB_API_URL.
	API string
	// Token may write pull requests. It goes nowhere but to API.
	Token string
	// Client sends the requests; http.DefaultClient if nil.
	Client *http.Client
	// Wait waits before a request is sent again; nil waits for real.
	Wait func(ctx context.Context, d time.Duration) error
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Log is told what is waited for. It may be nil.
	Log func(message string)
}

// Error is how GitHub refused a request.
type Error struct {
	Method, Path string
	Status       int
	// Message is GitHub's own.
	Message string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("GitHub answers %s %s with %d", e.Method, e.Path, e.Status)
	if e.Message != "" {
		s += ": " + e.Message
	}
	switch e.Status {
	case http.StatusUnauthorized:
		s += "; the token is not valid: set GITHUB_TOKEN"
	case http.StatusForbidden:
		s += "; the token needs the permission `pull-requests: write`"
	case http.StatusNotFound:
		s += "; there is no such pull request, or the token does not see it"
	}
	return s
}

const (
	// attempts bounds how often a request is sent.
	attempts = 5
	// longestWait is how long an answer may tell to wait; beyond it the job fails.
	longestWait = 15 * time.Minute
	// largestAnswer bounds what is read of an answer, in bytes: a page of a hundred
	// comments of 65,536 characters.
	largestAnswer = 64 << 20
	timeout       = 30 * time.Second
)

// request is one to be sent, maybe several times.
type request struct {
	method, address string
	// body is sent, and answer decoded into; both may be nil.
	body, answer any
	// landed finds out, after a 5xx, whether the request had its effect all the same.
	// It is nil for one that may be sent twice.
	landed func(ctx context.Context) (bool, error)
}

// do sends a request until it is answered, and decodes the answer. A 5xx and a
// rate limit are tried again:
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
func (g *GitHub) do(ctx context.Context, q request) (http.Header, error) {
	var last error
	for attempt := range attempts {
		header, retry, err := g.once(ctx, q)
		if err == nil || retry < 0 || ctx.Err() != nil {
			return header, err
		}
		last = err
		if attempt == attempts-1 {
			break
		}
		// Without a word on how long: 1, 2, 4, 8 s.
		wait := max(retry, time.Second<<attempt)
		if wait > longestWait {
			return nil, fmt.Errorf("%w; it wants to be left alone for %s, which is too long", err, wait.Round(time.Second))
		}
		if g.Log != nil {
			g.Log(fmt.Sprintf("%v; trying again in %s.", err, wait.Round(time.Second)))
		}
		if err := g.wait(ctx, wait); err != nil {
			return nil, err
		}
		if refused := (*Error)(nil); q.landed != nil && errors.As(last, &refused) && refused.Status >= 500 {
			if landed, err := q.landed(ctx); landed || err != nil {
				return nil, err
			}
		}
	}
	return nil, last
}

// once sends a request. retry is negative where sending it again is no use.
func (g *GitHub) once(ctx context.Context, q request) (_ http.Header, retry time.Duration, _ error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var payload io.Reader
	if q.body != nil {
		data, err := json.Marshal(q.body)
		if err != nil {
			return nil, -1, fmt.Errorf("writing the comment: %w", err)
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.address, payload)
	if err != nil {
		return nil, -1, fmt.Errorf("asking GitHub: %w", err)
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("Authorization", "Bearer "+g.Token)
	req.Header.Set("User-Agent", "hybridctl")
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := g.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		// A comment that may have been made is not made again.
		if q.method == http.MethodPost {
			return nil, -1, fmt.Errorf("asking GitHub: %w", err)
		}
		return nil, 0, fmt.Errorf("asking GitHub: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer))
	if err != nil {
		return nil, -1, fmt.Errorf("reading GitHub's answer: %w", err)
	}
	if res.StatusCode >= 300 {
		return nil, g.retryAfter(res, data), refusal(q.method, req.URL.Path, res.StatusCode, data)
	}
	if q.answer != nil {
		if err := json.Unmarshal(data, q.answer); err != nil {
			return nil, -1, fmt.Errorf("reading GitHub's answer: %w", err)
		}
	}
	return res.Header, 0, nil
}

func refusal(method, path string, status int, body []byte) error {
	var answer struct {
		Message string `json:"message"`
		Errors  []any  `json:"errors"`
	}
	_ = json.Unmarshal(body, &answer)
	if len(answer.Errors) > 0 {
		answer.Message += fmt.Sprintf(" %v", answer.Errors)
	}
	return &Error{Method: method, Path: path, Status: status, Message: answer.Message}
}

// retryAfter is how long to wait before a request is sent again; negative where it
// is refused for good.
func (g *GitHub) retryAfter(res *http.Response, body []byte) time.Duration {
	limited := res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden &&
		(res.Header.Get("Retry-After") != "" || res.Header.Get("X-RateLimit-Remaining") == "0" || bytes.Contains(body, []byte("rate limit")))
	if !limited && res.StatusCode < 500 {
		return -1
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		return time.Duration(max(0, seconds)) * time.Second
	}
	if reset, err := strconv.ParseInt(res.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil && limited {
		return max(0, time.Unix(reset, 0).Sub(g.now()))
	}
	if limited {
		// GitHub asks for a minute at least.
		return time.Minute
	}
	return 0
}

func (g *GitHub) now() time.Time {
	if g.Now == nil {
		return time.Now()
	}
	return g.Now()
}

func (g *GitHub) wait(ctx context.Context, d time.Duration) error {
	if g.Wait != nil {
		return g.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

var nextLink = regexp.MustCompile(`<([^<>]+)>\s*;[^,]*\brel="next"`)

// next is the address of the next page. One on another host is not followed: the
// token would go there.
func (g *GitHub) next(header http.Header) (string, error) {
	m := nextLink.FindStringSubmatch(header.Get("Link"))
	if m == nil {
		return "", nil
	}
	here, err := url.Parse(g.api())
	if err != nil {
		return "", fmt.Errorf("the address of GitHub's API: %w", err)
	}
	there, err := url.Parse(m[1])
	if err != nil || there.Host != here.Host || there.Scheme != here.Scheme {
		return "", errors.New("GitHub's next page is on another host, so it is not followed")
	}
	return m[1], nil
}

func (g *GitHub) api() string {
	if g.API == "" {
		return "https://api.github.com"
	}
	return strings.TrimRight(g.API, "/")
}
