package emulator

import (
	"context"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// WithLatency makes every change take d longer. A call that is cancelled meanwhile ends at once and changes nothing.
func WithLatency(d time.Duration, provider p.Provider) p.Provider {
	if d <= 0 {
		return provider
	}
	return around(func(ctx context.Context, call info, next func(context.Context) error) error {
		if call.changes() {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-timer.C:
			}
		}
		return next(ctx)
	}, provider)
}
