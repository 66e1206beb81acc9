package guest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	secret = "abcdef.0123456789abcdef"
	join   = `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: api.example.com:6443
    token: ` + secret + `
    caCertHashes: ["sha256:aa"]
nodeRegistration:
  name: node-1
  kubeletExtraArgs:
  - {name: cloud-provider, value: external}
`
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func encoded(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// document is a #cloud-config with the kubeadm file in an encoding, another file, and a command.
func document(encoding, content, name, other, command string) string {
	quoted, _ := json.Marshal(content)
	text, _ := json.Marshal(other)
	return fmt.Sprintf("#cloud-config\nwrite_files:\n- {path: /run/join.yaml, encoding: %q, content: %s}\n"+
		"- {path: %s, content: %s}\nruncmd:\n- %s\n", encoding, quoted, name, text, command)
}

func TestReadLinux(t *testing.T) {
	t.Parallel()
	const script, runs = "/opt/run.sh", "/bin/bash /opt/run.sh"
	direct := "kubeadm join --config /run/join.yaml"
	tests := map[string]struct {
		give   string
		action world.PlanAction
	}{
		"direct":               {document("", join, "/x", "", direct), world.PlanJoin},
		"words":                {document("", join, "/x", "", "[kubeadm, join, --config, /run/join.yaml]"), world.PlanJoin},
		"base64":               {document("b64", encoded([]byte(join)), "/x", "", direct), world.PlanJoin},
		"zipped":               {document("gz+b64", encoded(zipped(t, join)), "/x", "", direct), world.PlanJoin},
		"all of it zipped":     {string(zipped(t, document("", join, "/x", "", direct))), world.PlanJoin},
		"by a script":          {document("", join, script, direct, runs), world.PlanJoin},
		"by variables":         {document("", join, script, ": \"${DIR:=/run}\"\nC=$DIR/join.yaml\nkubeadm join --config $C", runs), world.PlanJoin},
		"by unknown variables": {document("", join, script, "kubeadm join --config \"$(dirname $0)/${D}/join.yaml\"", runs), world.PlanJoin},
		"by a unit": {document("", join, "/etc/systemd/system/boot.service", "[Service]\nExecStart="+direct, "systemctl start boot.service"),
			world.PlanJoin},
		"nobody runs it":      {document("", join, script, direct, "echo done"), world.PlanNone},
		"no kubeadm":          {document("", join, "/x", "", "cat /run/join.yaml"), world.PlanNone},
		"another user's data": {"#!/bin/sh\nkubeadm join", world.PlanNone},
		"nothing":             {"", world.PlanNone},
		"broken base64":       {document("b64", "%%%", "/x", "", direct), world.PlanBroken},
		"broken zip":          {document("gz+b64", encoded([]byte{0x1f, 0x8b, 1}), "/x", "", direct), world.PlanBroken},
		"unknown encoding":    {document("rot13", join, "/x", "", direct), world.PlanBroken},
		"broken cloud-config": {"#cloud-config\n\t- [", world.PlanBroken},
		"broken kubeadm":      {document("", join+"\t- [", "/x", "", direct), world.PlanBroken},
		"old kubeadm":         {document("", strings.Replace(join, "v1beta4", "v1beta2", 1), "/x", "", direct), world.PlanBroken},
		"args as a map":       {document("", strings.Replace(join, "- {name: cloud-provider, value: external}", "  cloud-provider: external", 1), "/x", "", direct), world.PlanBroken},
		"malformed token":     {document("", strings.Replace(join, secret, "ABC", 1), "/x", "", direct), world.PlanBroken},
		"no pins":             {document("", strings.Replace(join, `["sha256:aa"]`, "[]", 1), "/x", "", direct), world.PlanBroken},
		"master without CA":   {document("", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n", "/x", "", direct), world.PlanBroken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := guest.Read(guest.Linux, "Computer", []byte(test.give))
			require.Equal(t, test.action, plan.Action, plan.Problem)
			requireNoSecret(t, plan)
			if test.action != world.PlanJoin {
				return
			}
			require.Equal(t, "node-1", plan.NodeName)
			require.Equal(t, "api.example.com:6443", plan.Endpoint)
			require.Equal(t, []string{world.Digest(secret)}, plan.TokenDigests)
			require.Equal(t, "external", plan.KubeletArgs["cloud-provider"])
		})
	}
}

func requireNoSecret(t *testing.T, plan world.Plan) {
	t.Helper()
	data, err := json.Marshal(plan)
	require.NoError(t, err)
	require.NotContains(t, string(data), secret)
	require.NotContains(t, string(data), strings.Split(secret, ".")[1])
}

func TestReadWindows(t *testing.T) {
	t.Parallel()
	windowsLines := strings.ReplaceAll(join, "\n", "\r\n")
	const run = "\r\n& C:\\k\\kubeadm.exe join --config C:\\k\\join.yaml\r\n"
	tests := map[string]struct {
		give   string
		action world.PlanAction
	}{
		"literal":       {"$c = @'\r\n" + windowsLines + "\r\n'@" + run, world.PlanJoin},
		"expandable":    {"$c = @\"\n" + join + "\n\"@" + run, world.PlanJoin},
		"base64":        {"$c = '" + encoded([]byte(join)) + "'" + run, world.PlanJoin},
		"zipped":        {"$c = '" + encoded(zipped(t, join)) + "'" + run, world.PlanJoin},
		"no kubeadm":    {"$c = @'\n" + strings.ReplaceAll(join, "kubeadm", "other") + "\n'@", world.PlanNone},
		"only a word":   {"Write-Host kubeadm", world.PlanNone},
		"control plane": {"$c = @'\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n'@" + run, world.PlanBroken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := guest.Read(guest.Windows, "win", []byte(test.give))
			require.Equal(t, test.action, plan.Action, plan.Problem)
			requireNoSecret(t, plan)
		})
	}
}

func TestNodeNameIsTheComputersByDefault(t *testing.T) {
	t.Parallel()
	data := document("", strings.Replace(join, "name: node-1", "name: \"\"", 1), "/x", "", "kubeadm join --config /run/join.yaml")
	require.Equal(t, "computer", guest.Read(guest.Linux, "Computer", []byte(data)).NodeName)
}

func FuzzRead(f *testing.F) {
	f.Add("linux", document("", join, "/opt/run.sh", "A=${B:=x$A}\nkubeadm join --config $A/join.yaml", "/opt/run.sh"))
	f.Add("windows", "$c = @'\n"+join+"\n'@\nkubeadm join")
	f.Fuzz(func(t *testing.T, system, data string) {
		plan := guest.Read(system, "computer", []byte(data))
		if plan.Action == world.PlanBroken && plan.Problem == "" {
			t.Error("broken, and does not say why")
		}
	})
}
