package remote

import (
	"fmt"
	"strings"
)

// RDPPort is where Windows serves Remote Desktop.
const RDPPort = 3389

// RDPFile is a file for a Remote Desktop client that connects to a tunnel's end.
// It holds no password.
// https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/rdp-files
func RDPFile(address, node, user string) string {
	return strings.Join([]string{
		"full address:s:" + address,
		// The computer's name keeps a domain of the user's own away.
		fmt.Sprintf(`username:s:%s\%s`, node, user),
		"prompt for credentials:i:1",
		// The certificate is the node's own. The tunnel's other end is proven by its
		// host key, and the way from there is in the cluster's network.
		"authentication level:i:0",
		"enablecredsspsupport:i:1",
		"redirectclipboard:i:1",
		"drivestoredirect:s:",
	}, "\r\n") + "\r\n"
}
