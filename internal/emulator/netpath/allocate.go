package netpath

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// FreePublicAddress gives an address out of 20.64.0.0/10, which is Azure's, that no public IP has. It depends on the
// id alone unless it is taken, so that the same program gives the same addresses whatever order it runs in.
func FreePublicAddress(w *world.World, id string) netip.Addr {
	taken := map[netip.Addr]bool{}
	for _, r := range w.Resources {
		if isType(r, publicIPType) && !strings.EqualFold(r.ID, id) {
			if addr, err := netip.ParseAddr(tree.String(r.Outputs, "ipAddress")); err == nil {
				taken[addr] = true
			}
		}
	}
	sum := sha256.Sum256([]byte(world.Key(id)))
	const bits = 22 // of the host part
	n := binary.BigEndian.Uint32(sum[:4]) % (1 << bits)
	for {
		var octets [4]byte
		binary.BigEndian.PutUint32(octets[:], 20<<24|64<<16|n)
		addr := netip.AddrFrom4(octets)
		if last := octets[3]; last != 0 && last != 255 && !taken[addr] {
			return addr
		}
		n = (n + 1) % (1 << bits)
	}
}
