//go:build linux

package machine

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// cloudConfig is as much of a cloud-config document as the machine knows. A
// document with anything else is refused, so that nothing is left out unseen.
type cloudConfig struct {
	SSHDeleteKeys bool `yaml:"ssh_deletekeys"`
	SSHKeys       struct {
		Private string `yaml:"ed25519_private" json:"ed25519_private"`
		Public  string `yaml:"ed25519_public" json:"ed25519_public"`
	} `yaml:"ssh_keys"`
	WriteFiles []struct {
		Path        string `yaml:"path"`
		Owner       string `yaml:"owner"`
		Permissions string `yaml:"permissions"`
		Content     string `yaml:"content"`
	} `yaml:"write_files"`
	RunCmd [][]string `yaml:"runcmd"`
}

// parseCustomData reads a document as cloud-init does: compressed or not, and
// with its first line.
func parseCustomData(data []byte) (cloudConfig, error) {
	var config cloudConfig
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return config, fmt.Errorf("uncompress the custom data: %w", err)
		}
		if data, err = io.ReadAll(unzipped); err != nil {
			return config, fmt.Errorf("uncompress the custom data: %w", err)
		}
	}
	if !bytes.HasPrefix(data, []byte("#cloud-config\n")) {
		return config, errors.New("the custom data is no cloud-config")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil {
		return config, fmt.Errorf("read the custom data: %w", err)
	}
	return config, nil
}

// runCustomData does what cloud-init does, in its order.
func (s Spec) runCustomData() error {
	config, err := parseCustomData(s.CustomData)
	if err != nil {
		return err
	}
	if err := s.keepCopies(config); err != nil {
		return err
	}
	if err := config.writeFiles(); err != nil {
		return err
	}
	if err := config.writeHostKeys(); err != nil {
		return err
	}
	log, err := os.OpenFile("/var/log/cloud-init-output.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open cloud-init's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	for _, command := range config.RunCmd {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = "/"
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("runcmd %q: %w", command, err)
		}
	}
	return nil
}

const (
	agentDir     = "/var/lib/waagent"
	instancesDir = "/var/lib/cloud/instances"
	cloudRunDir  = "/run/cloud-init"
)

// CopiesOfCustomData are patterns for the files in which keepCopies leaves the
// custom data. cloud-init's own pickled copy is not among them: it needs
// cloud-init's classes.
func CopiesOfCustomData() []string {
	return []string{agentDir + "/*", instancesDir + "/*/*", cloudRunDir + "/*.json"}
}

// keepCopies leaves the custom data where the Azure agent and cloud-init do.
func (s Spec) keepCopies(config cloudConfig) error {
	merged, err := json.Marshal(map[string]any{"ssh_keys": config.SSHKeys, "write_files": config.WriteFiles, "runcmd": config.RunCmd})
	if err != nil {
		return fmt.Errorf("keep a copy of the custom data: %w", err)
	}
	encoded := base64.StdEncoding.EncodeToString(s.CustomData)
	const instance = instancesDir + "/11111111-2222-3333-4444-555555555555"
	for path, content := range map[string]string{
		agentDir + "/ovf-env.xml": "<Environment><LinuxProvisioningConfigurationSet><CustomData>" + encoded +
			"</CustomData></LinuxProvisioningConfigurationSet></Environment>\n",
		agentDir + "/CustomData":                    string(s.CustomData),
		instance + "/user-data.txt":                 string(s.CustomData),
		instance + "/user-data.txt.i":               string(s.CustomData),
		instance + "/cloud-config.txt":              string(s.CustomData),
		cloudRunDir + "/combined-cloud-config.json": string(merged),
	} {
		if err := writeFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeHostKeys: where cloud-init is given keys, it makes none of its own.
func (c cloudConfig) writeHostKeys() error {
	if c.SSHKeys.Private == "" {
		return nil
	}
	if !c.SSHDeleteKeys {
		return errors.New("ssh_keys: the document gives a host key, and leaves those of the image beside it")
	}
	const path = "/etc/ssh/ssh_host_ed25519_key"
	return errors.Join(writeFile(path, c.SSHKeys.Private, 0o600), writeFile(path+".pub", c.SSHKeys.Public, 0o600))
}

func (c cloudConfig) writeFiles() error {
	for _, f := range c.WriteFiles {
		mode, err := strconv.ParseUint(f.Permissions, 8, 12)
		if err != nil {
			return fmt.Errorf("write_files: %s: permissions %q: %w", f.Path, f.Permissions, err)
		}
		if f.Owner != "root:root" {
			return fmt.Errorf("write_files: %s: owner %q", f.Path, f.Owner)
		}
		if err := writeFile(f.Path, f.Content, os.FileMode(mode)); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path, content string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as cloud-init does
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Chmod(path, mode)
}
