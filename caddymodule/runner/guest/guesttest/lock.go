package guesttest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// lock holds path as a lock file until unlock is called. A holder touches the
// file every second, so one left behind by a killed process is taken over.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil {
			return hold(path, file), nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > staleAfter {
			os.Remove(path)
			continue
		}
		if err := wait(ctx, touchEvery); err != nil {
			return nil, fmt.Errorf("waiting for %s, held by another test process: %w", path, err)
		}
	}
}

const (
	touchEvery = time.Second
	staleAfter = 10 * touchEvery
)

func hold(path string, file *os.File) (unlock func()) {
	file.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wait(ctx, touchEvery) == nil {
			now := time.Now()
			_ = os.Chtimes(path, now, now) // at worst another process takes over
		}
	}()
	return func() {
		cancel()
		<-ended
		os.Remove(path)
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
