// Package e2e holds the tests that use hybridctl as a user does: the built
// command, the real Pulumi engine, the emulated Azure.
package e2e
