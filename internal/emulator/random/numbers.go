package random

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/google/uuid"
	p "github.com/pulumi/pulumi-go-provider"
	sdk "github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

func bytes() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomBytesArgs{}),
		Outputs: []string{"base64", "hex"},
		Secret:  []string{"base64", "hex"},
		Check:   atLeastOne("length"),
		Create: func(in property.Map, _ time.Time) (string, map[string]any, error) {
			b := read(int(in.Get("length").AsNumber()))
			encoded := base64.StdEncoding.EncodeToString(b)
			return "none", map[string]any{"base64": encoded, "hex": hex.EncodeToString(b)}, nil
		},
	}
}

func id() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomIdArgs{}),
		Outputs: []string{"b64Std", "b64Url", "dec", "hex"},
		Check:   atLeastOne("byteLength"),
		Create: func(in property.Map, _ time.Time) (string, map[string]any, error) {
			b := read(int(in.Get("byteLength").AsNumber()))
			prefix := ""
			if v := in.Get("prefix"); v.IsString() {
				prefix = v.AsString()
			}
			url := base64.RawURLEncoding.EncodeToString(b)
			return url, map[string]any{
				"b64Std": prefix + base64.StdEncoding.EncodeToString(b),
				"b64Url": prefix + url,
				"dec":    prefix + new(big.Int).SetBytes(b).String(),
				"hex":    prefix + hex.EncodeToString(b),
			}, nil
		},
	}
}

func integer() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomIntegerArgs{}),
		Outputs: []string{"result"},
		Check: func(in property.Map) []p.CheckFailure {
			least, most := in.Get("min"), in.Get("max")
			if least.IsNumber() && most.IsNumber() && most.AsNumber() < least.AsNumber() {
				return []p.CheckFailure{{Property: "max", Reason: "value must be at least min"}}
			}
			return nil
		},
		Create: func(in property.Map, _ time.Time) (string, map[string]any, error) {
			least, most := int(in.Get("min").AsNumber()), int(in.Get("max").AsNumber())
			n, err := below(most - least + 1)
			if err != nil {
				return "", nil, err
			}
			return strconv.Itoa(least + n), map[string]any{"result": least + n}, nil
		},
	}
}

func uuidKind() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomUuidArgs{}),
		Outputs: []string{"result"},
		Create: func(property.Map, time.Time) (string, map[string]any, error) {
			u, err := uuid.NewRandom()
			if err != nil {
				return "", nil, fmt.Errorf("read random numbers: %w", err)
			}
			return u.String(), map[string]any{"result": u.String()}, nil
		},
	}
}

func atLeastOne(name string) func(property.Map) []p.CheckFailure {
	return func(in property.Map) []p.CheckFailure {
		if v := in.Get(name); v.IsNumber() && v.AsNumber() < 1 {
			return []p.CheckFailure{{Property: name, Reason: fmt.Sprintf("value must be at least 1, got: %g", v.AsNumber())}}
		}
		return nil
	}
}

// read gives n random bytes. The system's source does not fail; Go ends the
// program if it does.
func read(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
