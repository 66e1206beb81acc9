package comment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Pull is a pull request.
type Pull struct {
	// Repository is owner/name.
	Repository string
	Number     int
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`)

func (p Pull) check() error {
	if !repositoryName.MatchString(p.Repository) || strings.HasSuffix(p.Repository, "/..") {
		return fmt.Errorf("%q is no repository: write owner/name", p.Repository)
	}
	if p.Number < 1 {
		return fmt.Errorf("%d is no pull request's number", p.Number)
	}
	return nil
}

// Posted says what became of a report.
type Posted struct {
	// URL is the comment's.
	URL string `json:"url"`
	// Edited is false where the comment is new.
	Edited bool `json:"edited"`
}

// note is a comment as the API has it.
type note struct {
	ID   int64  `json:"id"`
	URL  string `json:"html_url"`
	Body string `json:"body"`
	User struct {
		Type string `json:"type"`
	} `json:"user"`
}

// maxBody is the most characters that GitHub takes.
const maxBody = 65536

// markerLine is the first line of a report, as package review writes it.
var markerLine = regexp.MustCompile(`^<!-- hybridctl-preview stack=[A-Za-z0-9._/%]{1,400} v1 -->$`)

// Check says whether a text is a report that may be posted: one comment of ours.
func Check(body string) error {
	first, _, _ := strings.Cut(body, "\n")
	switch {
	case !utf8.ValidString(body) || strings.ContainsRune(body, 0):
		return errors.New("the report is no text")
	case !markerLine.MatchString(first):
		return errors.New("the report does not begin with the marker of hybridctl preview: is it a report in Markdown, and the stack's name at most 400 characters?")
	case utf8.RuneCountInString(body) > maxBody:
		return fmt.Errorf("the report has %d characters, and GitHub takes %d: write it with hybridctl preview, which cuts it", utf8.RuneCountInString(body), maxBody)
	}
	return nil
}

// Post edits the comment that begins with the report's marker, or makes one. Only a
// bot's comment is edited: anybody can write the marker.
func (g *GitHub) Post(ctx context.Context, p Pull, body string) (Posted, error) {
	if err := errors.Join(p.check(), Check(body)); err != nil {
		return Posted{}, err
	}
	marker, _, _ := strings.Cut(body, "\n")
	old, ours, err := g.find(ctx, p, marker)
	if err != nil {
		return Posted{}, err
	}
	if old != nil {
		return g.edit(ctx, p, *old, body)
	}
	if ours >= mostComments {
		return Posted{}, fmt.Errorf("there are reports of %d stacks on the pull request, and no more are posted: delete those that are not needed", ours)
	}
	return g.create(ctx, p, marker, body)
}

// text is what a comment is made of.
type text struct {
	Body string `json:"body"`
}

// create makes a comment. GitHub may have made it though it answers with 5xx: then
// it is found, and is not made again.
func (g *GitHub) create(ctx context.Context, p Pull, marker, body string) (Posted, error) {
	var made note
	var there *note
	_, err := g.do(ctx, request{
		method: http.MethodPost, address: g.comments(p), body: text{body}, answer: &made,
		landed: func(ctx context.Context) (bool, error) {
			var err error
			there, _, err = g.find(ctx, p, marker)
			return there != nil, err
		},
	})
	if err != nil || there == nil {
		return Posted{URL: made.URL}, err
	}
	posted, err := g.edit(ctx, p, *there, body)
	posted.Edited = false
	return posted, err
}

func (g *GitHub) edit(ctx context.Context, p Pull, old note, body string) (Posted, error) {
	if old.Body == body {
		return Posted{URL: old.URL, Edited: true}, nil
	}
	var made note
	_, err := g.do(ctx, request{
		method: http.MethodPatch, address: fmt.Sprintf("%s/repos/%s/issues/comments/%d", g.api(), p.Repository, old.ID), body: text{body}, answer: &made,
	})
	return Posted{URL: made.URL, Edited: true}, err
}

func (g *GitHub) comments(p Pull) string {
	return fmt.Sprintf("%s/repos/%s/issues/%d/comments", g.api(), p.Repository, p.Number)
}

const (
	// mostPages bounds how far is looked for a comment.
	mostPages = 100
	// mostComments bounds the reports on a pull request: a stranger's job names the
	// stacks.
	mostComments = 10
)

// find finds the comment with a marker, over all pages; nil where there is none. It
// also counts the reports that are there, up to it.
func (g *GitHub) find(ctx context.Context, p Pull, marker string) (_ *note, ours int, _ error) {
	address := g.comments(p) + "?per_page=100"
	for range mostPages {
		var page []note
		header, err := g.do(ctx, request{method: http.MethodGet, address: address, answer: &page})
		if err != nil {
			return nil, ours, err
		}
		for i := range page {
			first, _, _ := strings.Cut(page[i].Body, "\n")
			first = strings.TrimRight(first, "\r")
			if page[i].User.Type != "Bot" || !markerLine.MatchString(first) {
				continue
			}
			if ours++; first == marker {
				return &page[i], ours, nil
			}
		}
		if address, err = g.next(header); err != nil || address == "" {
			return nil, ours, err
		}
	}
	return nil, ours, nil
}
