package lifetime

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/state"
)

// stackDeleting is the tag of a stack whose deletion has begun: when, and how many
// resources there were. Keys go from the state before the machines that they are for
// go from Azure, so that a stack that lost some of them must never be made whole again.
const stackDeleting = "hybridcluster:deleting"

// Deletion is one that has begun and is not finished. The zero value is none.
type Deletion struct {
	Since     time.Time
	resources int
}

// BeginDeletion is what marks a stack with that state, before anything of it goes.
func BeginDeletion(export []byte, now time.Time) (map[string]string, error) {
	resources, err := state.Resources(export)
	if err != nil {
		return nil, err
	}
	return map[string]string{stackDeleting: now.UTC().Format(time.RFC3339) + " " + strconv.Itoa(len(resources))}, nil
}

// EndDeletion takes the mark away.
func EndDeletion() map[string]string { return map[string]string{stackDeleting: ""} }

// DeletionOf reads the mark.
func DeletionOf(tags map[string]string) Deletion {
	since, count, _ := strings.Cut(tags[stackDeleting], " ")
	d := Deletion{Since: parse(since)}
	d.resources, _ = strconv.Atoi(count)
	return d
}

// Begun says whether something has gone: a deletion that was interrupted before has
// done no harm. resources is how many the state has now.
func (d Deletion) Begun(resources int) bool { return !d.Since.IsZero() && resources != d.resources }

// keyType is the type of a cluster's keys.
const keyType = "tls:index/privateKey:PrivateKey"

// Keyless says whether a state has the cluster's resource group, and none of its keys:
// either an up was cut off right at its beginning, or a deletion, by whatever program,
// in its middle. What the group holds tells one from the other.
func Keyless(export []byte) (group string, keyless bool, err error) {
	resources, err := state.Resources(export)
	if err != nil {
		return "", false, err
	}
	for _, r := range resources {
		switch r.Type {
		case keyType:
			return "", false, nil
		case groupType:
			group, _ = r.Inputs["resourceGroupName"].(string)
		}
	}
	return group, group != "", nil
}

// ErrUnfinished says what is the matter with a stack whose deletion is not finished.
func ErrUnfinished(stack, down string) error {
	return fmt.Errorf("the deletion of stack %s has begun and is not finished, and the keys of its cluster are gone: "+
		"machines that are left could never be joined again. Finish it with `%s`; then this makes a new cluster", stack, down)
}
