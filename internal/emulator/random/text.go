package random

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	sdk "github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"golang.org/x/crypto/bcrypt"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

const (
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits       = "0123456789"
	specials     = "!@#$%&*()-_=+[]{}<>:?"
	// bcryptMax is the number of bytes of a password that bcrypt takes.
	bcryptMax = 72
)

type textArgs struct {
	Length          int    `json:"length"`
	Lower           *bool  `json:"lower"`
	Upper           *bool  `json:"upper"`
	Number          *bool  `json:"number"`
	Numeric         *bool  `json:"numeric"`
	Special         *bool  `json:"special"`
	MinLower        int    `json:"minLower"`
	MinUpper        int    `json:"minUpper"`
	MinNumeric      int    `json:"minNumeric"`
	MinSpecial      int    `json:"minSpecial"`
	OverrideSpecial string `json:"overrideSpecial"`
}

func password() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomPasswordArgs{}),
		Outputs: []string{"result", "bcryptHash"},
		Secret:  []string{"result", "bcryptHash"},
		Check:   checkText,
		Create: func(in property.Map, _ time.Time) (string, map[string]any, error) {
			result, out, err := draw(in)
			if err != nil {
				return "", nil, err
			}
			hash, err := bcrypt.GenerateFromPassword([]byte(result)[:min(len(result), bcryptMax)], bcrypt.DefaultCost)
			if err != nil {
				return "", nil, errors.New("hash password with bcrypt")
			}
			out["bcryptHash"] = string(hash)
			return "none", out, nil
		},
	}
}

func text() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.RandomStringArgs{}),
		Outputs: []string{"result"},
		Check:   checkText,
		Create: func(in property.Map, _ time.Time) (string, map[string]any, error) {
			result, out, err := draw(in)
			return result, out, err
		},
	}
}

// checkText refuses what draw could not satisfy.
func checkText(in property.Map) []p.CheckFailure {
	var args textArgs
	if err := props.Decode(in, &args); err != nil {
		return []p.CheckFailure{{Reason: err.Error()}}
	}
	var failures []p.CheckFailure
	fail := func(name, format string, values ...any) {
		failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf(format, values...)})
	}
	if !in.Get("length").IsNumber() {
		return nil
	}
	least := args.MinLower + args.MinUpper + args.MinNumeric + args.MinSpecial
	switch {
	case args.Length < 1:
		fail("length", "value must be at least 1, got: %d", args.Length)
	case args.Length < least:
		fail("length", "value must be at least the sum of minLower, minUpper, minNumeric and minSpecial (%d), got: %d", least, args.Length)
	}
	if !property.New(in).HasComputed() && args.alphabet() == "" {
		fail("length", "at least one of lower, upper, numeric and special must be true")
	}
	return failures
}

// draw makes a text that satisfies the arguments, and the outputs with the
// defaults filled in.
func draw(in property.Map) (string, map[string]any, error) {
	var args textArgs
	if err := props.Decode(in, &args); err != nil {
		return "", nil, err
	}
	var result []byte
	for _, part := range []struct {
		from  string
		count int
	}{
		{lowerLetters, args.MinLower},
		{upperLetters, args.MinUpper},
		{digits, args.MinNumeric},
		{args.special(), args.MinSpecial},
		{args.alphabet(), args.Length - args.MinLower - args.MinUpper - args.MinNumeric - args.MinSpecial},
	} {
		for range part.count {
			i, err := below(len(part.from))
			if err != nil {
				return "", nil, err
			}
			result = append(result, part.from[i])
		}
	}
	if err := shuffle(result); err != nil {
		return "", nil, err
	}
	return string(result), map[string]any{
		"result": string(result),
		"length": args.Length, "lower": on(args.Lower), "upper": on(args.Upper), "special": on(args.Special),
		"number": args.numeric(), "numeric": args.numeric(),
		"minLower": args.MinLower, "minUpper": args.MinUpper, "minNumeric": args.MinNumeric, "minSpecial": args.MinSpecial,
	}, nil
}

func (a textArgs) special() string {
	if a.OverrideSpecial != "" {
		return a.OverrideSpecial
	}
	return specials
}

// numeric looks at the older name of the property too.
func (a textArgs) numeric() bool { return on(a.Numeric) && on(a.Number) }

func (a textArgs) alphabet() string {
	var b strings.Builder
	for _, part := range []struct {
		use  bool
		from string
	}{{on(a.Lower), lowerLetters}, {on(a.Upper), upperLetters}, {a.numeric(), digits}, {on(a.Special), a.special()}} {
		if part.use {
			b.WriteString(part.from)
		}
	}
	return b.String()
}

func on(flag *bool) bool { return flag == nil || *flag }

// shuffle is Fisher and Yates's.
func shuffle(b []byte) error {
	for i := len(b) - 1; i > 0; i-- {
		j, err := below(i + 1)
		if err != nil {
			return err
		}
		b[i], b[j] = b[j], b[i]
	}
	return nil
}

// below draws a number from 0 to n-1.
func below(n int) (int, error) {
	if n < 1 {
		return 0, errors.New("no characters to choose from")
	}
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, fmt.Errorf("read random numbers: %w", err)
	}
	return int(i.Int64()), nil
}
