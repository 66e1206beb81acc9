// The Kubernetes plugin of Pulumi, as its own module serves it. The program that
// the module has for it embeds a schema that is generated at a release and not part
// of the module, so this one stands in its place. Schemas are for generators of
// SDKs: applying objects needs none.
//
// https://github.com/pulumi/pulumi-kubernetes/blob/f47bc2d6f199/provider/cmd/pulumi-resource-kubernetes/main.go
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// version is given by the linker.
var version = "0.0.0"

func main() {
	provider.Serve("kubernetes", version, []byte("{}"), []byte("{}"))
}
