package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// LineDiff is how two long texts differ.
type LineDiff struct {
	// OldHash and NewHash begin the SHA-256 of the decoded texts, eight hex digits
	// each; one is empty for a text that is not there.
	OldHash string `json:"oldHash,omitempty"`
	NewHash string `json:"newHash,omitempty"`
	// Changed counts the lines that come or go, Total those of the new text.
	Changed int `json:"changed"`
	Total   int `json:"total"`
	// Unified is the difference as diff -u has it, a line each, without the two
	// lines that name the files.
	Unified []string `json:"unified"`
}

// longestLine and mostLines bound what is compared and shown.
const (
	longestLine = 400
	mostLines   = 20000
)

// CompareLines compares two texts. nil means that they are the same, or longer
// than is reasonable.
func CompareLines(old, is string) *LineDiff {
	was, now := lines(old), lines(is)
	if old == is || len(was) > mostLines || len(now) > mostLines {
		return nil
	}
	unified, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: was, B: now, Context: 2})
	if err != nil {
		return nil
	}
	d := &LineDiff{OldHash: shortHash(old), NewHash: shortHash(is), Total: len(now)}
	for line := range strings.Lines(unified) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "+++ ") {
			continue
		}
		if strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-") {
			d.Changed++
		}
		d.Unified = append(d.Unified, cut(line))
	}
	return d
}

// lines splits a text; each line ends in a newline, so that the last one compares
// like the others.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	out := difflib.SplitLines(s)
	if strings.HasSuffix(s, "\n") {
		out = out[:len(out)-1]
	}
	return out
}

func cut(line string) string {
	runes := []rune(line)
	if len(runes) <= longestLine {
		return line
	}
	return string(runes[:longestLine]) + "…"
}

func shortHash(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// longTexts compares two values that are texts, or not there. A secret is no text
// to compare, and neither is what is not known yet.
func longTexts(old, is any) *LineDiff {
	was, ok := asText(old)
	now, alsoOK := asText(is)
	if !ok || !alsoOK {
		return nil
	}
	return CompareLines(Decode(was), Decode(now))
}

func asText(v any) (string, bool) {
	if v == nil {
		return "", true
	}
	s, ok := v.(string)
	return s, ok && s != "[secret]" && s != unknown
}

// Words say how much changes, with the hashes of both texts.
func (d LineDiff) Words() string {
	hash := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return strconv.Itoa(d.Changed) + " of " + strconv.Itoa(d.Total) + " lines, sha256 " + hash(d.OldHash) + " → " + hash(d.NewHash)
}
