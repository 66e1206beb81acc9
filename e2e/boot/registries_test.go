//go:build e2e && linux

package boot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// credentialProvider stands in for Azure's: it wants the settings that the real one
// reads, and gives the token that the suite's registries take.
const credentialProvider = `#!/bin/bash
set -euo pipefail
request=$(cat)
[[ $# == 1 && $request == *'"kind":"CredentialProviderRequest"'* ]]
grep -q '"useManagedIdentityExtension": true' "$1"
grep -qE '"userAssignedIdentityID": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"' "$1"
grep -qE '"tenantId": "[0-9a-f-]{36}"' "$1"
host=$(sed -E 's/.*"image":"([^"/]*)\/.*/\1/' <<<"$request")
printf '{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Registry","cacheDuration":"1m",'
printf '"auth":{"%s":{"username":"00000000-0000-0000-0000-000000000000","password":"token of %s"}}}' "$host" "$host"
`

// withRegistry is a definition of the suite's without Windows, whose nodes pull from a
// registry of Azure's.
func withRegistry(t *testing.T, file, loginServer string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var definition map[string]any
	require.NoError(t, json.Unmarshal(data, &definition))
	properties := definition["properties"].(map[string]any)
	properties["agentPoolProfiles"] = slices.DeleteFunc(properties["agentPoolProfiles"].([]any), func(pool any) bool {
		return pool.(map[string]any)["osType"] == "Windows"
	})
	sum := sha256.Sum256([]byte(credentialProvider))
	properties["orchestratorProfile"].(map[string]any)["kubernetesConfig"].(map[string]any)["containerRegistries"] = map[string]any{
		"registries": []string{loginServer}, "linuxProviderSHA256": hex.EncodeToString(sum[:]),
	}
	data, err = json.Marshal(definition)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "cluster.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// TestImagesOfAzuresRegistries: the real kubelet of each node asks the program for a
// login to the definition's registry, and for no other.
func TestImagesOfAzuresRegistries(t *testing.T) {
	t.Parallel()
	const ours, others = "acme1.azurecr.io/team/app:1", "other1.azurecr.io/team/app:1"
	d := declare(t, withRegistry(t, "testdata/one-master.json", "acme1.azurecr.io"))
	s := newSite(t, d, map[string][]byte{bootstrap.CredentialProvider(release(t), apimodel.Linux).URL: []byte(credentialProvider)})
	s.boot(t, s.Machines...)
	client := s.client(t)
	for _, m := range s.Machines { //nolint:paralleltest // one cluster
		t.Run(m.Name, func(t *testing.T) {
			pods := client.CoreV1().Pods("default")
			for name, image := range map[string]string{"ours": ours, "others": others} {
				pod := podOn(m.Name, name, image)
				// The default ServiceAccount takes its time.
				eventually(t, proofTime, func(ctx context.Context) error {
					_, err := pods.Create(ctx, pod, metav1.CreateOptions{})
					if apierrors.IsAlreadyExists(err) {
						return nil
					}
					return err
				})
			}
			eventually(t, proofTime, func(context.Context) error {
				pulled, err := s.machines[m.Name].Pulled()
				if err == nil && !slices.Contains(pulled, ours) {
					err = fmt.Errorf("%s has not pulled %s, but %v", m.Name, ours, pulled)
				}
				return err
			})
			eventually(t, proofTime, func(ctx context.Context) error {
				pod, err := pods.Get(ctx, podOn(m.Name, "others", others).Name, metav1.GetOptions{})
				if err != nil {
					return err
				}
				for _, c := range pod.Status.ContainerStatuses {
					if c.State.Waiting != nil && strings.Contains(c.State.Waiting.Message, "401 Unauthorized") {
						return nil
					}
				}
				return fmt.Errorf("the registry of somebody else has not refused %s: %+v", pod.Name, pod.Status.ContainerStatuses)
			})
		})
	}
}

// podOn is a pod that a node's kubelet takes as soon as it is there.
func podOn(node, name, image string) *corev1.Pod {
	no := false
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name + "-" + node},
		Spec: corev1.PodSpec{
			NodeName: node, HostNetwork: true, AutomountServiceAccountToken: &no, EnableServiceLinks: &no,
			Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			Containers:  []corev1.Container{{Name: "app", Image: image}},
		},
	}
}
