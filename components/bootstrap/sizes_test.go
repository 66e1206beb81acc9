package bootstrap_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// comfortable is what documents should stay below as they are sent, in bytes
// before base64. Azure takes bootstrap.MaxCustomData.
const comfortable = 48 * 1024

// What a definition may reasonably ask for; docs/results.md names these numbers.
const (
	manyNames    = 20 // subject alternative names, of 35 characters
	manyLabels   = 50 // of 45 characters
	manyTaints   = 10 // of 45 characters
	manyFlags    = 20 // of each component, of 45 characters
	manySysctls  = 30
	manyFiles    = 10 // of 500 bytes, on masters
	manyScripts  = 10 // with 330 characters of URL and parameters
	manyKeys     = 3  // RSA of 4096 bits, on Windows
	manyMasters  = 5
	manyDisks    = 64
	noticeableKB = 44 // of one file that does not compress, on masters
)

// noise is text that compresses as badly as keys do: base64 of a hash's chain.
func noise(seed string, length int) string {
	var out strings.Builder
	for sum := sha256.Sum256([]byte(seed)); out.Len() < length; sum = sha256.Sum256(sum[:]) {
		out.WriteString(base64.RawStdEncoding.EncodeToString(sum[:]))
	}
	return out.String()[:length]
}

// noisyPKI compresses as badly as real keys do.
func noisyPKI() bootstrap.PKI {
	p := pki()
	for _, field := range []*string{
		&p.CACert, &p.CAKey, &p.FrontProxyCACert, &p.FrontProxyCAKey, &p.EtcdCACert, &p.EtcdCAKey,
		&p.ServiceAccountPublicKey, &p.ServiceAccountKey,
	} {
		block, _ := pem.Decode([]byte(*field))
		noise := sha256.Sum256(block.Bytes)
		for i := range block.Bytes {
			if i%len(noise) == 0 {
				noise = sha256.Sum256(noise[:])
			}
			block.Bytes[i] = noise[i%len(noise)]
		}
		*field = string(pem.EncodeToMemory(block))
	}
	return p
}

// flags are a component's.
func manyArgs() map[string]string {
	args := map[string]string{}
	for i := range manyFlags {
		args[fmt.Sprintf("some-flag-of-this-component-%02d", i)] = fmt.Sprintf("its-value-%04d", i)
	}
	return args
}

func largestCluster() bootstrap.Cluster {
	c := everythingCluster()
	for i := len(c.MasterIPs); i < manyMasters; i++ {
		c.MasterIPs = append(c.MasterIPs, fmt.Sprintf("10.240.255.%d", 5+i))
	}
	c.Mirrors = mirrors()
	c.SubjectAltNames = nil
	for i := range manyNames {
		c.SubjectAltNames = append(c.SubjectAltNames, fmt.Sprintf("api-%02d.kubernetes.corp.example.com", i))
	}
	c.APIServerArgs, c.ControllerManagerArgs, c.SchedulerArgs = manyArgs(), manyArgs(), manyArgs()
	return c
}

// largestNode has everything but files, which only masters have.
func largestNode() bootstrap.Node {
	n := everythingNode()
	n.HostKey = noisyHostKey()
	n.KubeletArgs = manyArgs()
	n.Labels, n.Taints, n.Files, n.Scripts = map[string]string{}, nil, nil, nil
	for i := range manyLabels {
		n.Labels[fmt.Sprintf("example.com/label-number-%02d", i)] = fmt.Sprintf("the-value-of-it-%02d", i)
	}
	for i := range manyTaints {
		n.Taints = append(n.Taints, fmt.Sprintf("example.com/taint-%02d=the-value:NoSchedule", i))
	}
	for i := range manySysctls {
		n.Sysctls[fmt.Sprintf("net.ipv4.neigh.default.setting_%02d", i)] = "16384"
	}
	for i := range manyScripts {
		s := scripts(fmt.Sprintf("script-%d", i))[0]
		s.URL += noise("url", 120)
		s.Parameters += noise("parameters", 120)
		n.Scripts = append(n.Scripts, s)
	}
	return n
}

func largestMaster(c bootstrap.Cluster, index int) bootstrap.Node {
	n := largestNode()
	n.Name, n.PrivateIP = fmt.Sprintf("demo-control-plane-%d", index), c.MasterIPs[index]
	for i := range manyFiles {
		n.Files = append(n.Files, bootstrap.NodeFile{
			Path: fmt.Sprintf("/etc/example/file-%d.conf", i), Content: strings.Repeat("setting = value of it ok\n", 20),
		})
	}
	return n
}

func largestWindows() bootstrap.WindowsOptions {
	_, o := everythingWindows()
	o.DataDisks, o.AuthorizedKeys = manyDisks, nil
	for i := range manyKeys {
		o.AuthorizedKeys = append(o.AuthorizedKeys, rsaKey(i))
	}
	return o
}

// rsaKey has the form of a real key of 4096 bits.
func rsaKey(i int) string {
	field := func(data string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + data
	}
	modulus := "\x00\xc1" + noise(fmt.Sprintf("key-%d", i), 511)
	return "ssh-rsa " + base64.StdEncoding.EncodeToString([]byte(field("ssh-rsa")+field("\x01\x00\x01")+field(modulus)))
}

// largest are documents of each kind of node, with every option and as many of
// each as above.
func largest(t *testing.T) map[string]string {
	t.Helper()
	c, worker := largestCluster(), largestNode()
	single := c
	single.MasterIPs = c.MasterIPs[:1]
	windows, scaleSet, windowsScaleSet := worker, worker, worker
	windows.Name, scaleSet.Name, windowsScaleSet.Name = windowsNode().Name, "", ""
	found := map[string]string{}
	for name, render := range map[string]func() (string, error){
		"only master": func() (string, error) {
			return bootstrap.ControlPlane(single, largestMaster(c, 0), noisyPKI(), vaulted())
		},
		"first of 5 masters":  func() (string, error) { return bootstrap.ControlPlane(c, largestMaster(c, 0), noisyPKI(), vaulted()) },
		"joining master of 5": func() (string, error) { return bootstrap.ControlPlane(c, largestMaster(c, 4), noisyPKI(), vaulted()) },
		"Linux worker":        func() (string, error) { return bootstrap.LinuxNode(c, worker) },
		"Linux scale set":     func() (string, error) { return bootstrap.LinuxNode(c, scaleSet) },
		"Windows worker":      func() (string, error) { return bootstrap.WindowsNode(c, windows, largestWindows()) },
		"Windows scale set":   func() (string, error) { return bootstrap.WindowsNode(c, windowsScaleSet, largestWindows()) },
	} {
		document, err := render()
		require.NoError(t, err, name)
		found[name] = document
	}
	return found
}

// usual are the same kinds of node without options.
func usual(t *testing.T) map[string]string {
	t.Helper()
	one, second, linux, windows := master(), secondMaster(), linuxNode(), windowsNode()
	for _, n := range []*bootstrap.Node{&one, &second, &linux, &windows} {
		n.HostKey = noisyHostKey()
	}
	linuxSet, windowsSet := linux, windows
	linuxSet.Name, windowsSet.Name = "", ""
	found := map[string]string{}
	for name, render := range map[string]func() (string, error){
		"only master":         func() (string, error) { return bootstrap.ControlPlane(cluster(), one, noisyPKI(), cloud()) },
		"first of 3 masters":  func() (string, error) { return bootstrap.ControlPlane(threeMasters(), one, noisyPKI(), cloud()) },
		"joining master of 3": func() (string, error) { return bootstrap.ControlPlane(threeMasters(), second, noisyPKI(), cloud()) },
		"Linux worker":        func() (string, error) { return bootstrap.LinuxNode(cluster(), linux) },
		"Linux scale set":     func() (string, error) { return bootstrap.LinuxNode(cluster(), linuxSet) },
		"Windows worker":      func() (string, error) { return bootstrap.WindowsNode(cluster(), windows, windowsOptions()) },
		"Windows scale set":   func() (string, error) { return bootstrap.WindowsNode(cluster(), windowsSet, windowsOptions()) },
	} {
		document, err := render()
		require.NoError(t, err, name)
		found[name] = document
	}
	return found
}

// noisyHostKey compresses as badly as a real one.
func noisyHostKey() bootstrap.HostKey {
	k := hostKey()
	k.Private = string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte(noise("host", 234))}))
	return k
}

// TestSizes prints the table of docs/results.md with -v.
func TestSizes(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("\n| node | settings | as text | as sent |\n|---|---|---|---|\n")
	for _, set := range []struct {
		name      string
		documents map[string]string
	}{{"usual", usual(t)}, {"largest", largest(t)}} {
		for _, name := range slices.Sorted(maps.Keys(set.documents)) {
			document := set.documents[name]
			require.Less(t, len(document), comfortable, "%s, %s", name, set.name)
			fmt.Fprintf(&table, "| %s | %s | %d | %d |\n", name, set.name, len(unpacked(t, document)), len(document))
		}
	}
	t.Log(table.String())
}

// A file that does not compress fits beside all else up to that size; a second does
// not, and that is said.
func TestLargestFileFits(t *testing.T) {
	t.Parallel()
	c := largestCluster()
	n := largestMaster(c, 0)
	for i := range 2 {
		n.Files = append(n.Files, bootstrap.NodeFile{Path: fmt.Sprintf("/etc/large/%d", i), Content: noise(fmt.Sprint(i), noticeableKB*1024)})
		document, err := bootstrap.ControlPlane(c, n, noisyPKI(), vaulted())
		if i == 0 {
			require.NoError(t, err)
			require.LessOrEqual(t, len(document), bootstrap.MaxCustomData)
			t.Logf("%d bytes", len(document))
			continue
		}
		require.ErrorContains(t, err, "demo-control-plane-0")
		require.ErrorContains(t, err, "Azure takes 65535: use fewer or smaller files")
	}
}

func TestDocumentBeyondAzuresLimitIsRefused(t *testing.T) {
	t.Parallel()
	c, n := cluster(), linuxNode()
	for i := range 3000 {
		c.SubjectAltNames = append(c.SubjectAltNames, strings.ToLower(strings.NewReplacer("+", "a", "/", "b").Replace(noise(fmt.Sprint(i), 50)))+".example.com")
	}
	_, err := bootstrap.ControlPlane(c, master(), pki(), cloud())
	require.ErrorContains(t, err, "demo-control-plane-0")
	require.ErrorContains(t, err, "Azure takes 65535")

	for i := range 90 {
		script := scripts(fmt.Sprintf("script-%d", i))[0]
		script.Parameters += noise(fmt.Sprint(i), 400)
		n.Scripts = append(n.Scripts, script)
	}
	n.Name = windowsNode().Name
	_, err = bootstrap.WindowsNode(cluster(), n, windowsOptions())
	require.ErrorContains(t, err, "windowspool2000")
	require.ErrorContains(t, err, "Azure takes 65535")
}

// A definition may have 16 KiB of labels. A Windows script names them twice.
func TestMostLabelsFit(t *testing.T) {
	t.Parallel()
	n := windowsNode()
	for i := range 160 {
		n.Labels[fmt.Sprintf("example.com/%04d-%s", i, strings.Repeat("k", 36))] = strings.Repeat("v", 45)
	}
	script, err := bootstrap.WindowsNode(cluster(), n, windowsOptions())
	require.NoError(t, err)
	require.NoError(t, balance(script))
	_, err = bootstrap.LinuxNode(cluster(), n)
	require.NoError(t, err)
}

// A large Windows script loses its comments and nothing else.
func TestOnlyLargeWindowsScriptsLoseTheirComments(t *testing.T) {
	t.Parallel()
	code := func(script string) []string {
		_, body, _ := strings.Cut(script, "\n$CrictlConfiguration = ")
		lines := strings.Split(body, "\n")
		return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") })
	}
	small, large := documents(t)["windows-node.ps1"], largest(t)["Windows worker"]
	require.Contains(t, small, "\n# Invoke-WithRetry runs")
	require.NotContains(t, large, "\n# Invoke-WithRetry runs")
	require.Equal(t, code(small), code(large))
	require.Contains(t, large, "C:\\AzureData\\CustomData.bin; the Custom Script Extension runs it", "the head says what it is")
}

// The service counts characters of base64: https://github.com/Azure/aks-engine/issues/1663
func TestCustomDataOfTheGreatestSizeIsTakenByAzure(t *testing.T) {
	t.Parallel()
	const most = 87380
	require.LessOrEqual(t, base64.StdEncoding.EncodedLen(bootstrap.MaxCustomData), most)
	require.Greater(t, base64.StdEncoding.EncodedLen(bootstrap.MaxCustomData+1), most)
}
