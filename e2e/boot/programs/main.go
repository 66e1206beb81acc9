// Programs builds Kubernetes' programs if they are not there, and prints the
// directory where they are. With the argument plugin it does so with Pulumi's
// Kubernetes plugin.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	build := programs.Directory
	if len(os.Args) > 1 && os.Args[1] == "plugin" {
		build = programs.Plugin
	}
	dir, err := build(ctx, func(label string) func() {
		fmt.Fprintln(os.Stderr, label)
		return func() {}
	})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a program of the tests
	}
	_, _ = fmt.Fprintln(os.Stdout, dir)
}
