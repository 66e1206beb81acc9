package remote

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// OpenTerminal hands the user's terminal over to the other side: keys go there as
// they are pressed. Restore gives it back.
func OpenTerminal(in, out *os.File, kind string) (t *Terminal, restore func(), err error) {
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("asking for the terminal's size: %w", err)
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("taking the terminal over: %w", err)
	}
	sizes, stop := watchSize(func() (Size, error) {
		w, h, err := term.GetSize(int(out.Fd()))
		return Size{w, h}, err
	})
	return &Terminal{Kind: kind, Width: width, Height: height, Resized: sizes}, func() {
		stop()
		_ = term.Restore(int(in.Fd()), before)
	}, nil
}
