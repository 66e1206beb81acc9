package main

import (
	"bufio"
	"context"
	"errors"
	"strings"
)

// finishes says that the first interruption lets what is under way finish, until end is
// called.
func (a *app) finishes() (end func()) {
	a.changing.Add(1)
	return func() { a.changing.Add(-1) }
}

// confirm asks on the terminal for the stack's name. What else is written is no, and an
// interruption does not wait for an answer. done is what then nothing was: deleted.
func (a *app) confirm(ctx context.Context, question, name, done string) error {
	a.errf("%s Type the stack's name to go on: ", question)
	answer, err := await(ctx, func() (string, error) { return bufio.NewReader(a.stdin).ReadString('\n') })
	switch {
	case ctx.Err() != nil:
		a.errf("\n")
		return &exitError{code: exitInterrupted, err: errors.New("interrupted at the question; nothing was " + done)}
	case err != nil || strings.TrimSpace(answer) != name:
		return usage(errors.New("not confirmed; nothing was " + done))
	default:
		return nil
	}
}

// await waits for what cannot be called off, no longer than ctx lasts.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := read()
		answers <- answer{value, err}
	}()
	select {
	case got := <-answers:
		return got.value, got.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
