package target

import (
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// NameError says that a place has no stacks of such a name.
type NameError struct{ message string }

func (e *NameError) Error() string { return e.message }

// selfManaged is what stands for an organization in a backend that is not Pulumi Cloud:
// https://www.pulumi.com/docs/iac/concepts/state-and-backends/
const selfManaged = "organization"

// checkName holds a stack's name with organization and project against what the backend
// has of them.
func checkName(name, backend string) error {
	parts := strings.Split(name, "/")
	stack := parts[len(parts)-1]
	cloud := strings.HasPrefix(backend, "https://") || strings.HasPrefix(backend, "http://")
	switch {
	case len(parts) == 1:
		return nil
	case len(parts) == 3 && parts[1] != engine.Project:
		return &NameError{fmt.Sprintf("stack %s would be one of project %s, and these are of %s: name %s", name, parts[1], engine.Project, stack)}
	case !cloud && (len(parts) == 2 || parts[0] != selfManaged):
		return &NameError{fmt.Sprintf("stack %s names an organization, which only Pulumi Cloud has: name %s", name, stack)}
	default:
		return nil
	}
}
