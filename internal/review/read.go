package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// largest bounds the JSON of a review, in bytes.
const largest = 32 << 20

var commitHash = regexp.MustCompile(`^[0-9a-f]{0,64}$`)

// Read reads a review's JSON, to be written by [WriteMarkdown]. It may come from a
// job that ran code of a stranger, so nothing in it is taken for more than text: the
// summary, which stands in the heading, is worked out again, and what else is written
// as it is must be what a review has there.
func Read(from io.Reader) (Review, error) {
	data, err := io.ReadAll(io.LimitReader(from, largest+1))
	if err != nil {
		return Review{}, fmt.Errorf("reading the report: %w", err)
	}
	if len(data) > largest {
		return Review{}, fmt.Errorf("the report has more than %d bytes", largest)
	}
	var r Review
	if err := json.Unmarshal(data, &r); err != nil {
		return Review{}, fmt.Errorf("the report is not the JSON of hybridctl preview (preview.json in its --report-dir): %w", err)
	}
	switch {
	case r.SchemaVersion != SchemaVersion:
		return Review{}, fmt.Errorf("the report's schemaVersion is %d, and this hybridctl reads %d", r.SchemaVersion, SchemaVersion)
	case r.Stack == "":
		return Review{}, errors.New("the report names no stack")
	case !slices.Contains([]string{Previewed, Refused, Invalid, Failed}, r.Outcome):
		return Review{}, fmt.Errorf("the report's outcome is %q, which is none", r.Outcome)
	case !slices.Contains(effects, r.Verdict.ControlPlane) || !slices.Contains(downtimes, r.Verdict.Downtime):
		return Review{}, errors.New("the report's verdict on the control plane or downtime is none")
	case !commitHash.MatchString(r.Against.Commit):
		return Review{}, errors.New("the report's commit is no hash")
	}
	r.Verdict.Summary = r.Verdict.sentence(r)
	return r, nil
}
