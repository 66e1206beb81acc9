package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/settings"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newArtifacts(a *app) *cobra.Command {
	var release string
	cmd := &cobra.Command{
		Use:   "artifacts [STACK]",
		Short: "List what a deployment fetches: files, packages, images, charts",
		Long: `List every file with its checksum file, package repository, key and image that a
deployment of the definition fetches, for the systems that it has: what nodes
fetch at their first boot, the definition's own scripts, its add-ons and the
workload. Nothing is contacted. With --mirror the list says where a mirror must
have each of them. Checksums and, with a mirror, origins are in -o json.

With --release and without -f it is everything of that release, with nodes of
both systems and every add-on. With both, it is the definition's list at that
release.

The images include those that the operators of Calico and Prometheus and the
hooks of charts pull. Where etcd and coredns have no tag, kubeadm chooses
theirs, and "kubeadm config images list" prints them. Charts are fetched by the
machine that runs up, not by nodes, so no mirror counts for them. Queries of URLs
are left out, for they may hold signatures. Azure's own services are not listed.`,
		Example: `  hybridctl artifacts -f cluster.json
  hybridctl artifacts --release 1.36 -o json | jq -r '.artifacts[].url'
  hybridctl artifacts -f cluster.json --mirror github.com=mirror.example.com/github`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	cmd.Flags().StringVar(&release, "release", "", "Kubernetes `release` to list, for example 1.36")
	var minors []string
	for _, r := range apimodel.Releases() {
		minors = append(minors, r.Minor)
	}
	completeWith(cmd, "release", minors...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if release != "" && cmd.Flags().Changed("kubernetes-release") {
			return usage(errors.New("--release and --kubernetes-release both name a release: give one of them"))
		}
		list, err := a.artifacts(cmd.Context(), definition, stackName(args), release)
		if err != nil {
			return err
		}
		if a.global.output == "json" {
			return a.printJSON(report.NewArtifacts(list))
		}
		return report.WriteArtifacts(a.stdout, list, a.painter())
	}
	return cmd
}

func (a *app) artifacts(ctx context.Context, flags *definitionFlags, stack, release string) (stacks.Artifacts, error) {
	if release == "" {
		c, d, err := a.resolve(ctx, flags, stack)
		if errors.Is(err, settings.ErrNoDefinition) {
			err = usage(fmt.Errorf("%w; or name a release with --release", err))
		}
		if err != nil {
			return stacks.Artifacts{}, err
		}
		return c.Artifacts(d), nil
	}
	r, err := supported(release)
	if err != nil {
		return stacks.Artifacts{}, err
	}
	if flags.file != "" {
		// Both keys, because a definition may have either.
		flags.set = append(flags.set,
			"orchestratorProfile.orchestratorRelease="+r.Minor, "orchestratorProfile.orchestratorVersion="+r.Kubernetes)
		c, d, err := a.resolve(ctx, flags, stack)
		if err != nil {
			return stacks.Artifacts{}, err
		}
		return c.Artifacts(d), nil
	}
	c, err := a.configureWithout(ctx, flags, stack)
	if err != nil {
		return stacks.Artifacts{}, err
	}
	return c.ReleaseArtifacts(r), nil
}

// supported is a release by its minor or its patch version.
func supported(name string) (apimodel.Release, error) {
	var minors []string
	for _, r := range apimodel.Releases() {
		if name == r.Minor || name == r.Kubernetes {
			return r, nil
		}
		minors = append(minors, r.Minor)
	}
	return apimodel.Release{}, usage(fmt.Errorf("--release is %q: the supported releases are %s", name, strings.Join(minors, ", ")))
}
