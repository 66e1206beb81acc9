package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

// printReview writes the report to standard output.
func (a *app) printReview(r review.Review, p *previewFlags) error {
	if p.format == "json" {
		return a.printJSON(r)
	}
	return writeReview(a.stdout, r, p.format, p.footer, a.painter())
}

// keepReview writes the report into the folder, where one is wanted.
func (a *app) keepReview(r review.Review, p *previewFlags) error {
	if p.reportDir == "" {
		return nil
	}
	dir := a.path(p.reportDir)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("--report-dir: %w", err)
	}
	for name, format := range map[string]string{"preview.md": "markdown", "preview.txt": "text", "preview.json": "json"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("--report-dir: %w", err)
		}
		err = writeReview(f, r, format, p.footer, report.Painter{})
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("--report-dir: %w", err)
		}
	}
	return nil
}

func writeReview(w io.Writer, r review.Review, format, footer string, painter report.Painter) error {
	switch format {
	case "markdown":
		return review.WriteMarkdown(w, r, review.MarkdownOptions{Footer: footer})
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	default:
		return review.WriteText(w, r, painter)
	}
}
