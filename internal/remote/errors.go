package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// UnreachableError says that a machine does not answer.
type UnreachableError struct {
	Machine Machine
	// Through is the machine that was asked to connect; empty for this one.
	Through string
	// Connected tells that something answered, and did not speak SSH to the end.
	Connected bool
	cause     error
}

// Error says what was tried.
func (e *UnreachableError) Error() string {
	from := ""
	if e.Through != "" {
		from = " from " + e.Through
	}
	why := e.cause.Error()
	if errors.Is(e.cause, context.DeadlineExceeded) {
		why = "no answer in time"
	}
	return fmt.Sprintf("%s is not reached at %s%s: %s", e.Machine.Name, e.Machine.Address, from, why)
}

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.cause }

// HostKeyError says that a machine did not prove to be the one that is meant.
type HostKeyError struct {
	Machine Machine
	// Got is the fingerprint of the key that it showed.
	Got string
}

// Error says what that may mean.
func (e *HostKeyError) Error() string {
	return fmt.Sprintf("%s at %s shows a host key that is not its own, so nothing was sent to it\n"+
		"  it shows %s\n  it has   %s\n"+
		"Either something else answers there, or the machine was made before the cluster's program gave out host keys; "+
		"then replace it, or name a file with its key with --known-hosts",
		e.Machine.Name, e.Machine.Address, e.Got, ssh.FingerprintSHA256(e.Machine.HostKey))
}

// KnownHostsError says that a file of the user's own does not vouch for a machine.
type KnownHostsError struct {
	Machine Machine
	// Named tells that the file has another key of the machine; else it has none.
	Named bool
}

// Error says what the file lacks.
func (e *KnownHostsError) Error() string {
	if e.Named {
		return fmt.Sprintf("%s at %s shows another host key than the file of --known-hosts has, so nothing was sent to it", e.Machine.Name, e.Machine.Address)
	}
	return fmt.Sprintf("the file of --known-hosts has no host key of %s; add a line for %s, or leave the flag out", e.Machine.Name, e.Machine.Address)
}

// LoginError says that a machine lets in none of the keys that were offered.
type LoginError struct {
	Machine     Machine
	Credentials *Credentials
}

// Error lists the keys, and what to do.
func (e *LoginError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s lets %s in with none of the keys that were offered", e.Machine.Name, e.Machine.User)
	for _, line := range e.Credentials.describe() {
		b.WriteString("\n  " + line)
	}
	if wanted := e.Credentials.Wanted(); wanted != "" {
		b.WriteString("\nThe cluster was made for the key " + wanted)
	}
	b.WriteString("\nName the file of the private key with --identity-file FILE, or add it to your agent (ssh-add FILE)")
	return b.String()
}

// Explain adds to an error from Dial how the way in is opened.
func (c Cluster) Explain(err error) error {
	access := c.Access
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Through != "" || unreachable.Connected || errors.Is(err, context.Canceled) {
		return err
	}
	const open = "`%s --ssh-source-cidr ADDRESS/32`"
	switch {
	case access.Private:
		return fmt.Errorf("%w\n%s has a private address only: run this inside the virtual network, in one that is peered with it, "+
			"or give the cluster a jumpbox (privateCluster.jumpboxProfile)", err, access.Entry.Name)
	case len(access.SourceCIDRs) == 0:
		return fmt.Errorf("%w\nSSH is closed: nobody may reach it. Open it for your own public address with "+open+
			" and the flags that made the cluster", err, c.up())
	default:
		return fmt.Errorf("%w\nSSH is open to %s alone. If you come from elsewhere, add your public address with "+open+
			" (repeat the flag for each range, and give the flags that made the cluster)", err, strings.Join(access.SourceCIDRs, ", "), c.up())
	}
}
