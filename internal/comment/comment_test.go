package comment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/review"
)

// fake behaves as GitHub's API does, as far as comments go.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	comments []note
	// fail answers a request in the place of the API; false lets it through.
	fail     func(w http.ResponseWriter, r *http.Request) bool
	requests []string
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) add(author, body string) { f.comments = append(f.comments, f.note(author, body)) }

func (f *fake) note(author, body string) note {
	n := note{ID: int64(len(f.comments) + 1), Body: body}
	n.URL = fmt.Sprintf("https://github.example/c/%d", n.ID)
	n.User.Type = author
	return n
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	if f.fail != nil && f.fail(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer token" {
		reply(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/repos/o/r/issues/7/comments":
		f.list(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/repos/o/r/issues/7/comments":
		if body, ok := readBody(w, r); ok {
			f.add("Bot", body)
			reply(w, http.StatusCreated, f.comments[len(f.comments)-1])
		}
	case r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, "/repos/o/r/issues/comments/"):
		id, _ := strconv.Atoi(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		if body, ok := readBody(w, r); ok {
			f.comments[id-1].Body = body
			reply(w, http.StatusOK, f.comments[id-1])
		}
	default:
		reply(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
	}
}

// list gives a page, at most a hundred, and says where the next one is.
func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	size = min(max(size, 1), 100)
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		page = 1
	}
	from := min((page-1)*size, len(f.comments))
	to := min(from+size, len(f.comments))
	if to < len(f.comments) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?per_page=%d&page=%d>; rel="next", <%s%s?per_page=%d&page=9>; rel="last"`,
			f.URL, r.URL.Path, size, page+1, f.URL, r.URL.Path, size))
	}
	reply(w, http.StatusOK, f.comments[from:to])
}

func readBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		reply(w, http.StatusBadRequest, nil)
		return "", false
	}
	if utf8.RuneCountInString(in.Body) > 65536 {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []string{"body is too long (maximum is 65536 characters)"}})
		return "", false
	}
	return in.Body, true
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// github is a client of the fake that notes how long it would wait.
func (f *fake) github(waited *[]time.Duration) *GitHub {
	return &GitHub{
		API: f.URL, Token: "token", Now: func() time.Time { return time.Unix(1000, 0) },
		Wait: func(_ context.Context, d time.Duration) error {
			*waited = append(*waited, d)
			return nil
		},
	}
}

var (
	pull   = Pull{Repository: "o/r", Number: 7}
	report = review.Marker("dev") + "\n### report\n"
)

func TestOneCommentPerStack(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var waited []time.Duration
	g := f.github(&waited)
	for range 250 {
		f.add("User", "a word")
	}
	made, err := g.Post(t.Context(), pull, report)
	require.NoError(t, err)
	require.False(t, made.Edited)
	other, err := g.Post(t.Context(), pull, review.Marker("prod")+"\nother")
	require.NoError(t, err)
	require.False(t, other.Edited)
	edited, err := g.Post(t.Context(), pull, report+"more")
	require.NoError(t, err)
	require.Equal(t, Posted{URL: made.URL, Edited: true}, edited, "found on the third page")
	require.Len(t, f.comments, 252)
	require.Equal(t, report+"more", f.comments[250].Body)

	before := len(f.requests)
	_, err = g.Post(t.Context(), pull, report+"more")
	require.NoError(t, err)
	for _, r := range f.requests[before:] {
		require.True(t, strings.HasPrefix(r, "GET "), "what is the same is not written again")
	}
	require.Empty(t, waited)
}

// Anybody can write the marker, and a quote of a report is none.
func TestOthersCommentsAreLeft(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.add("User", report)
	f.add("Bot", "> "+report)
	f.add("Bot", "See:\n"+report)
	var waited []time.Duration
	made, err := f.github(&waited).Post(t.Context(), pull, report)
	require.NoError(t, err)
	require.False(t, made.Edited)
	require.Len(t, f.comments, 4)
}

func TestFailuresThatPass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header map[string]string
		status int
		body   string
		want   []time.Duration
	}{
		"secondary rate limit": {map[string]string{"Retry-After": "60"}, 403, "You have exceeded a secondary rate limit", []time.Duration{time.Minute, time.Minute}},
		"without a time":       {nil, 403, "You have exceeded a secondary rate limit", []time.Duration{time.Minute, time.Minute}},
		"too many":             {map[string]string{"Retry-After": "7"}, 429, "", []time.Duration{7 * time.Second, 7 * time.Second}},
		"primary rate limit":   {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1030"}, 403, "API rate limit exceeded", []time.Duration{30 * time.Second, 30 * time.Second}},
		"a bad gateway":        {nil, 502, "<html>", []time.Duration{time.Second, 2 * time.Second}},
		"unavailable":          {map[string]string{"Retry-After": "3"}, 503, "", []time.Duration{3 * time.Second, 3 * time.Second}},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				f := newFake(t)
				times := 2
				f.fail = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != method || times == 0 {
						return false
					}
					times--
					for k, v := range tc.header {
						w.Header().Set(k, v)
					}
					w.WriteHeader(tc.status)
					_ = json.NewEncoder(w).Encode(map[string]string{"message": tc.body})
					return true
				}
				var waited []time.Duration
				_, err := f.github(&waited).Post(t.Context(), pull, report)
				require.NoError(t, err)
				require.Equal(t, tc.want, waited)
				require.Len(t, f.comments, 1)
			})
		}
	}
}

// A gateway may give up on a comment that GitHub makes all the same.
func TestNoCommentIsMadeTwice(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"as it was sent": report, "by another run": report + "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.fail = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost {
					return false
				}
				f.add("Bot", body)
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			var waited []time.Duration
			posted, err := f.github(&waited).Post(t.Context(), pull, report)
			require.NoError(t, err)
			require.Equal(t, Posted{URL: "https://github.example/c/1"}, posted)
			require.Len(t, f.comments, 1)
			require.Equal(t, report, f.comments[0].Body)
			require.Len(t, waited, 1)
		})
	}
}

// A stranger's job names the stacks, and shall not fill a pull request.
func TestReportsOfManyStacks(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var waited []time.Duration
	g := f.github(&waited)
	for i := range mostComments {
		_, err := g.Post(t.Context(), pull, review.Marker(fmt.Sprint("stack", i))+"\nx")
		require.NoError(t, err)
	}
	_, err := g.Post(t.Context(), pull, report)
	require.ErrorContains(t, err, "no more are posted")
	_, err = g.Post(t.Context(), pull, review.Marker("stack3")+"\nagain")
	require.NoError(t, err, "those that are there are edited")
	require.Len(t, f.comments, mostComments)
}

func TestFailuresThatStay(t *testing.T) {
	t.Parallel()
	answer := func(status int, header map[string]string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			reply(w, status, map[string]string{"message": "no"})
			return true
		}
	}
	for name, tc := range map[string]struct {
		fail  func(http.ResponseWriter, *http.Request) bool
		token string
		want  string
		tries int
	}{
		"no permission": {answer(403, nil), "token", "pull-requests: write", 1},
		"no pull":       {answer(404, nil), "token", "no such pull request", 1},
		"bad token":     {nil, "other", "GITHUB_TOKEN", 1},
		"always broken": {answer(500, nil), "token", "500", attempts},
		"an hour":       {answer(403, map[string]string{"Retry-After": "3600"}), "token", "too long", 1},
		"elsewhere": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Link", `<https://evil.example/?page=2>; rel="next"`)
			reply(w, 200, []note{})
			return true
		}, "token", "another host", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.fail = tc.fail
			var waited []time.Duration
			g := f.github(&waited)
			g.Token = tc.token
			_, err := g.Post(t.Context(), pull, report)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "Bearer")
			require.Len(t, f.requests, tc.tries)
		})
	}
}

func TestWaitingStopsWithTheJob(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.fail = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	ctx, cancel := context.WithCancel(t.Context())
	g := &GitHub{API: f.URL, Token: "token", Log: func(string) { cancel() }}
	_, err := g.Post(ctx, pull, report)
	require.True(t, errors.Is(err, context.Canceled), err)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, Check(report))
	require.NoError(t, Check(review.Marker("organization/hybridcluster/pr-1")+"\n"+strings.Repeat("é", 60000)))
	for _, bad := range []string{"", "### report", "x" + report, report + "\x00", report + "\xff", report + strings.Repeat("x", 65536)} {
		require.Error(t, Check(bad))
	}
	f := newFake(t)
	var waited []time.Duration
	for _, p := range []Pull{{"o/r", 0}, {"o", 1}, {"o/r/../..", 1}, {"o/..", 1}, {"https://evil/r", 1}} {
		_, err := f.github(&waited).Post(t.Context(), p, report)
		require.Error(t, err)
	}
	require.Empty(t, f.requests)
}
