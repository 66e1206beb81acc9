package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/comment"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

func newComment(a *app) *cobra.Command {
	var pull comment.Pull
	var check bool
	var footer string
	cmd := &cobra.Command{
		Use:    "comment FILE",
		Short:  "Post a preview's report on a pull request",
		Hidden: true,
		Long: `Post a report as a comment on a pull request, or edit the one that is there: one per
stack, found by a hidden marker. For CI.

FILE is the JSON of a preview: preview.json in its --report-dir, or what preview
--format json prints; - is standard input. The comment is written from it here, so
that a job that ran a stranger's code decides on figures and names, and on no
Markdown.

The token comes from GITHUB_TOKEN and needs pull-requests: write. The API is
GITHUB_API_URL, the repository GITHUB_REPOSITORY. With --check nothing is posted:
the report is only looked at.`,
		Example: `  hybridctl comment preview.json --pull 12
  hybridctl comment preview.json --check`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := a.readReport(args[0], footer)
			if err != nil {
				return usage(err)
			}
			if check {
				return comment.Check(body)
			}
			pull.Repository = strings.TrimSpace(pull.Repository)
			if pull.Repository == "" {
				pull.Repository = a.getenv("GITHUB_REPOSITORY")
			}
			token := a.getenv("GITHUB_TOKEN")
			if token == "" {
				return usage(errors.New("set GITHUB_TOKEN to a token with pull-requests: write"))
			}
			g := comment.GitHub{API: a.getenv("GITHUB_API_URL"), Token: token, Log: a.say}
			posted, err := g.Post(cmd.Context(), pull, body)
			if err != nil {
				return fmt.Errorf("posting the report: %w", err)
			}
			if a.global.output == "json" {
				return a.printJSON(posted)
			}
			a.outf("%s\n", posted.URL)
			return nil
		},
	}
	cmd.Flags().IntVar(&pull.Number, "pull", 0, "`number` of the pull request")
	cmd.Flags().StringVar(&pull.Repository, "repository", "", "`owner/name` (GITHUB_REPOSITORY)")
	cmd.Flags().StringVar(&footer, "footer", "", "`text` below the report, for example the commit")
	cmd.Flags().BoolVar(&check, "check", false, "say whether the file is a report that can be posted, and post nothing")
	return cmd
}

// readReport reads a preview's JSON and writes the comment.
func (a *app) readReport(path, footer string) (string, error) {
	from := a.stdin
	if path != "-" {
		f, err := os.Open(a.path(path))
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	r, err := review.Read(from)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = review.WriteMarkdown(&b, r, review.MarkdownOptions{Footer: footer})
	return b.String(), err
}
