package target

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
)

// Place tells this place from others, without saying where it is: a stack's name
// is unique in its place only.
func (t *Target) Place() string {
	sum := sha256.Sum256([]byte(cmp.Or(t.environment.Set["PULUMI_BACKEND_URL"], t.o.backend())))
	return hex.EncodeToString(sum[:6])
}
