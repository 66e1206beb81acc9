package lifetime

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/groups"
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
	// HowToDelete says in a message how somebody deletes a group.
	HowToDelete func(group string) string
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

// Cloud is where the group may be. [groups.Client] is one.
type Cloud interface {
	// Find reads a group, nil for none; Resources lists what is in it.
	Find(ctx context.Context, group string) (*groups.Group, error)
	Resources(ctx context.Context, group string) ([]string, error)
	Delete(ctx context.Context, group string) error
}

// OwnsGroup says whether there is such a group, marked as the cluster's, and empty:
// what a run leaves behind that did not get past its group. The mark alone does not
// say that it is this stack's, for a stack of another backend can have the same.
func (u Unsure) OwnsGroup(ctx context.Context, c Cloud) (bool, error) {
	found, err := c.Find(ctx, u.Group)
	if err != nil || found == nil || u.Mark == "" || found.Tags[Mark] != u.Mark {
		return false, err
	}
	held, err := c.Resources(ctx, found.Name)
	return err == nil && len(held) == 0, err
}

// DeleteGroup deletes the group whose creation was cut off, if it is there, marked
// as the cluster's, and empty. A run that did not get past the group has put
// nothing into it; the mark alone does not say that the group is this stack's, for
// a stack of another backend can have the same. gone says that there is no such group
// now. The error names a group that may be somebody's.
func (u Unsure) DeleteGroup(ctx context.Context, c Cloud) (gone bool, err error) {
	if u.Group == "" {
		return false, nil
	}
	fail := func(err error) (bool, error) {
		return false, fmt.Errorf("a run was cut off while it created resource group %s: %w", u.Group, err)
	}
	found, err := c.Find(ctx, u.Group)
	switch {
	case err != nil:
		return fail(err)
	case found == nil:
		return true, nil
	case u.Mark != "" && found.Tags[Mark] != u.Mark:
		return false, nil // it is somebody else's
	case u.Mark == "":
		return fail(fmt.Errorf("there is such a group, and nothing says whether it is this stack's; %s", u.remedy()))
	}
	held, err := c.Resources(ctx, found.Name)
	switch {
	case err != nil:
		return fail(err)
	case len(held) > 0:
		return fail(fmt.Errorf("such a group holds %d resources, which this stack has not made (%s is one); %s",
			len(held), held[0], u.remedy()))
	}
	if err := c.Delete(ctx, found.Name); err != nil {
		return fail(err)
	}
	return true, nil
}

func (u Unsure) remedy() string {
	remedy := "find out whose it is"
	if u.HowToDelete != nil {
		remedy += "; " + u.HowToDelete(u.Group) + ", and run this again"
	}
	return remedy + "; if it is another cluster's, make this stack forget it with `pulumi refresh --clear-pending-creates`"
}
