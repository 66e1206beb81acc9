// Command hybridcluster is the program that `pulumi up` runs.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/stacks"
)

func main() {
	pulumi.Run(stacks.Cluster)
}
