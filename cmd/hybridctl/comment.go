package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/comment"
)

func newComment(a *app) *cobra.Command {
	var pull comment.Pull
	var check bool
	cmd := &cobra.Command{
		Use:    "comment FILE",
		Short:  "Post a preview's report on a pull request",
		Hidden: true,
		Long: `Post a report that preview --format markdown wrote as a comment on a pull request,
or edit the one that is there: one per stack, found by a hidden marker. For CI.

The token comes from GITHUB_TOKEN and needs pull-requests: write. The API is
GITHUB_API_URL, the repository GITHUB_REPOSITORY; - reads the report from standard
input. With --check nothing is posted: the report is only looked at.`,
		Example: `  hybridctl comment preview.md --pull 12
  hybridctl comment preview.md --check`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := a.readReport(args[0])
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
	cmd.Flags().BoolVar(&check, "check", false, "say whether the file is a report that can be posted, and post nothing")
	return cmd
}

// largestReport bounds what is read, in bytes: GitHub takes 65,536 characters.
const largestReport = 4*65536 + 1

func (a *app) readReport(path string) (string, error) {
	var from io.Reader = a.stdin
	if path != "-" {
		if !filepath.IsAbs(path) {
			path = filepath.Join(a.dir, path)
		}
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, largestReport))
	return string(data), err
}
