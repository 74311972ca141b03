// detach_log.go contains how the log of a devproxy in the background stays
// small.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	// logLimit is the size beyond which the log is emptied; the end of what was
	// before is beside it, under the name of it and ".1".
	logLimit = 10 << 20
	// logPause is how often it is looked at.
	logPause = 2 * time.Second
)

// keepSmall bounds a log until ctx ends: to logLimit and what is written in a
// pause. Apps and a crash write into the file
// that they were started with, so it is emptied and never replaced: whoever
// writes appends.
func keepSmall(ctx context.Context, file string) (done <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(logPause)
		defer tick.Stop()
		said := false
		for {
			select {
			case <-tick.C:
				if err := shorten(file, logLimit); err != nil && !said {
					said = true
					fmt.Fprintln(os.Stderr, "devproxy:", err)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ended
}

// shorten empties a file that is larger than limit, once its end is kept. What
// is written in that very moment may be lost.
func shorten(file string, limit int64) error {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() <= limit {
		return nil // or nobody needs it
	}
	if err == nil {
		err = keepEnd(file, info.Size(), limit)
	}
	if emptied := os.Truncate(file, 0); err == nil {
		err = emptied
	}
	if err != nil {
		return fmt.Errorf("shortening the log %s: %w", file, err)
	}
	return nil
}

// keepEnd copies the last whole lines, up to limit; the end of the last one if
// that alone is longer.
func keepEnd(file string, size, limit int64) error {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	begin, err := firstLine(from, max(0, size-limit), size)
	if err != nil {
		return err
	}
	to, err := os.OpenFile(file+".1", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, io.NewSectionReader(from, begin, size-begin))
	return errors.Join(err, to.Close())
}

// firstLine is where the first line begins behind begin, or begin if none does
// before end.
func firstLine(from io.ReaderAt, begin, end int64) (int64, error) {
	if begin == 0 {
		return 0, nil
	}
	rest, err := bufio.NewReader(io.NewSectionReader(from, begin, end-begin)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if next := begin + int64(len(rest)); next < end {
		return next, nil
	}
	return begin, nil
}
