package guest

import (
	"maps"
	"slices"
	"strings"
)

// Disk gives the document for kubeadm init that custom data writes to a machine's disk, and the other files below
// /etc/kubernetes with their absolute paths. The document is empty for a machine that makes no cluster.
//
// The cloud provider's configuration is left out: it may hold a client secret, and no control plane reads it.
func Disk(customData []byte) (document string, files map[string]string) {
	machine, err := readCloudConfig(customData)
	if err != nil || machine == nil {
		return "", nil
	}
	files = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(machine.files)) {
		content := machine.files[name]
		if startsDocument(content) {
			if k, err := parseKubeadm(content); err == nil && k.init != nil && document == "" {
				document = content
			}
		}
		if strings.HasPrefix(name, "/etc/kubernetes/") && name != cloudFile {
			files[name] = content
		}
	}
	return document, files
}
