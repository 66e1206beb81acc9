package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/remote"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newRDP(a *app) *cobra.Command {
	var local int
	var file string
	var open bool
	cmd := &cobra.Command{
		Use:   "rdp [STACK] NODE",
		Short: "Open a way to a Windows node's desktop",
		Long: `Open a tunnel to a Windows node's Remote Desktop and print an .rdp file for it, or
write it to --file. RDP itself is never open to the outside. The tunnel is open
until it is interrupted.

The file holds no password. "hybridctl outputs STACK windowsAdminPassword
--show-secrets" prints it.`,
		Example: `  hybridctl rdp prod windowspool2000 --file node.rdp
  hybridctl rdp prod windowspool2000 --open`,
		ValidArgsFunction: a.stackNames,
		Args:              stackThenOne,
	}
	f := addLoginFlags(cmd)
	addLocalFlag(cmd, &local)
	cmd.Flags().StringVar(&file, "file", "", "`file` to write in place of standard output")
	cmd.Flags().BoolVar(&open, "open", false, "open it with the program for such files (needs no --file)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		stack, node := stackName(args[:len(args)-1]), args[len(args)-1]
		if a.global.emulator {
			return usage(errNoMachines)
		}
		outs, err := a.readOutputs(cmd.Context(), stack)
		if err != nil {
			return err
		}
		user, _ := outs[stacks.OutputWindowsAdminUsername].Value.(string)
		if user == "" {
			return usage(fmt.Errorf("the cluster of stack %s has no Windows nodes", stack))
		}
		return a.tunnel(cmd.Context(), stack, node, remote.RDPPort, local, f, func(address string) error {
			a.say(fmt.Sprintf("Log in as %s. The password: %s %s --show-secrets", user,
				a.command("outputs", stack), stacks.OutputWindowsAdminPassword))
			return a.giveRDP(remote.RDPFile(address, node, user), node, file, open)
		})
	}
	return cmd
}

// giveRDP prints the file, writes it, or opens it.
func (a *app) giveRDP(content, node, file string, open bool) error {
	if file == "" && !open {
		a.outf("%s", content)
		return nil
	}
	path := a.path(file)
	if file == "" {
		dir, err := os.MkdirTemp("", "hybridctl-rdp-")
		if err != nil {
			return fmt.Errorf("writing the .rdp file: %w", err)
		}
		path = filepath.Join(dir, node+".rdp")
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("writing the .rdp file: %w", err)
	}
	a.say("Wrote " + path + ".")
	if !open {
		return nil
	}
	// The program that the desktop has for such files goes on by itself.
	words := append(opener(), path)
	if err := exec.Command(words[0], words[1:]...).Start(); err != nil { //nolint:noctx // a fixed program, and our own file
		return fmt.Errorf("opening %s: %w; open it yourself while the tunnel is open (leave --open out)", path, err)
	}
	return nil
}

func opener() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{"mstsc.exe"}
	case "darwin":
		return []string{"open"}
	default:
		return []string{"xdg-open"}
	}
}
