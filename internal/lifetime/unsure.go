package lifetime

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Unsure is what a run was creating when it was cut off. It may be there or not,
// and deleting the stack does not delete it.
type Unsure struct {
	// Group is the cluster's own resource group, Mark the value of its tag
	// [Mark]; empty if that is not among it.
	Group, Mark string
	// Outside are the ids or names of resources in a group that is not the
	// cluster's, so that it does not take them along.
	Outside []string
}

// ReadUnsure reads a stack's state, as `pulumi stack export` prints it.
func ReadUnsure(export []byte) (Unsure, error) {
	var d deployment
	if err := json.Unmarshal(export, &d); err != nil {
		return Unsure{}, fmt.Errorf("reading the stack's state: %w", err)
	}
	var u Unsure
	owned := false
	for _, r := range d.Deployment.Resources {
		owned = owned || r.Type == groupType
	}
	var others []string
	for _, p := range d.Deployment.Pending {
		switch r := p.Resource; {
		case p.Type != "creating":
		case r.Type == groupType:
			u.Group, _ = r.Inputs["resourceGroupName"].(string)
			tags, _ := r.Inputs["tags"].(map[string]any)
			u.Mark, _ = tags[Mark].(string)
		case strings.HasPrefix(r.Type, "azure-native:"):
			others = append(others, r.URN[strings.LastIndex(r.URN, "::")+2:])
		}
	}
	if !owned && u.Group == "" {
		u.Outside = others
	}
	return u, nil
}
