// Package lifetime is about clusters that live for a while: until when, whose
// they are, and how they go.
package lifetime

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// Lease says until when a cluster may live, and whose it is.
type Lease struct {
	// Expires is when the cluster may be deleted by anybody; zero is never.
	Expires time.Time `json:"expires,omitzero"`
	// Owner is who made the cluster, Origin where: a CI job's address, or a host.
	Owner  string `json:"owner,omitempty"`
	Origin string `json:"origin,omitempty"`
}

// The tags of a stack. Pulumi Cloud allows letters, digits and -_.: in names.
const (
	stackExpires = "hybridcluster:expires-at"
	stackOwner   = "hybridcluster:owner"
	stackOrigin  = "hybridcluster:origin"
)

// The tags of a resource group. What reaps clusters that no stack remembers goes
// by the first.
const (
	GroupExpires = "expires-at"
	groupOwner   = "owner"
	groupOrigin  = "origin"
)

// Mark is the tag that every resource of a cluster has.
const Mark = "hybridcluster"

// longestValue is Azure's limit for a tag's value, and Pulumi Cloud's.
// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
const longestValue = 256

// Expired says whether the cluster's time is up.
func (l Lease) Expired(now time.Time) bool { return !l.Expires.IsZero() && !now.Before(l.Expires) }

// StackTags are the lease as tags of a stack; an empty value takes a tag away.
func (l Lease) StackTags() map[string]string {
	return map[string]string{stackExpires: l.stamp(), stackOwner: bounded(l.Owner), stackOrigin: bounded(l.Origin)}
}

// GroupTags are the lease as tags of a resource group. One that never expires
// has none.
func (l Lease) GroupTags() map[string]string {
	if l.Expires.IsZero() {
		return nil
	}
	tags := map[string]string{GroupExpires: l.stamp()}
	if l.Owner != "" {
		tags[groupOwner] = bounded(l.Owner)
	}
	if l.Origin != "" {
		tags[groupOrigin] = bounded(l.Origin)
	}
	return tags
}

// stamp is the expiry as RFC 3339 in UTC, or nothing.
func (l Lease) stamp() string {
	if l.Expires.IsZero() {
		return ""
	}
	return l.Expires.UTC().Format(time.RFC3339)
}

// FromStackTags reads a stack's tags.
func FromStackTags(tags map[string]string) Lease {
	return Lease{Expires: parse(tags[stackExpires]), Owner: tags[stackOwner], Origin: tags[stackOrigin]}
}

// FromGroupTags reads a resource group's tags. Azure keeps the case of their
// names, and ignores it.
func FromGroupTags(tags map[string]string) Lease {
	get := func(name string) string {
		for k, v := range tags {
			if strings.EqualFold(k, name) {
				return v
			}
		}
		return ""
	}
	return Lease{Expires: parse(get(GroupExpires)), Owner: get(groupOwner), Origin: get(groupOrigin)}
}

// parse reads a time. What is no time is never: a tag that somebody spoiled must
// not delete a cluster.
func parse(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func bounded(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	for len(text) > longestValue {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
}

// TTL is how long a cluster may live.
type TTL struct {
	// Given says that somebody asked for one. Forever is the wish for none.
	Given, Forever bool
	Duration       time.Duration
}

// ParseTTL reads "2h", "90m" or "none".
func ParseTTL(text string) (TTL, error) {
	if strings.EqualFold(text, "none") {
		return TTL{Given: true, Forever: true}, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return TTL{}, fmt.Errorf("--ttl is %q: write a time such as 2h or 90m, or none", text)
	}
	return TTL{Given: true, Duration: d}, nil
}

// Renewed is the lease after somebody asked for a TTL, which counts from now.
// Without one it is as it was. Who had the cluster first keeps it.
func (l Lease) Renewed(ttl TTL, by Lease, now time.Time) Lease {
	if !ttl.Given {
		return l
	}
	if l.Owner == "" {
		l.Owner, l.Origin = by.Owner, by.Origin
	}
	l.Expires = time.Time{}
	if !ttl.Forever {
		l.Expires = now.Add(ttl.Duration).UTC().Truncate(time.Second)
	}
	return l
}

// Extended is the lease with at least so much time from now. It never becomes
// shorter. One without an owner becomes theirs who extend it: without an owner and
// an end, a stack would seem to have no lease of its own, and its group's would count.
func (l Lease) Extended(ttl TTL, by Lease, now time.Time) Lease {
	longer := l.Renewed(ttl, by, now)
	if !ttl.Forever && longer.Expires.Before(l.Expires) {
		return l
	}
	return longer
}

// GroupChange is what makes a resource group's tags those of the lease; an empty
// value takes a tag away.
func (l Lease) GroupChange() map[string]string {
	change := map[string]string{GroupExpires: ""}
	maps.Copy(change, l.GroupTags())
	return change
}
