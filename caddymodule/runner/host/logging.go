package host

import (
	"context"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// maxLogLine is the longest guest line that is logged, in bytes.
const maxLogLine = 8192

func logInfo(s *session, ctx context.Context, args []any) (any, error) {
	return nil, s.emit(ctx, slog.LevelInfo, args[0].(string))
}

func logWarn(s *session, ctx context.Context, args []any) (any, error) {
	return nil, s.emit(ctx, slog.LevelWarn, args[0].(string))
}

func logError(s *session, ctx context.Context, args []any) (any, error) {
	return nil, s.emit(ctx, slog.LevelError, args[0].(string))
}

// emit logs a message line by line, until the execution's time is up: a guest
// may hand over megabytes of line breaks. The invocation's secrets are blanked
// before anybody sees, cuts or keeps the message.
func (s *session) emit(ctx context.Context, level slog.Level, message string) error {
	for line := range strings.Lines(s.Blanked(message, false)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.emitLine(ctx, level, strings.TrimRight(line, "\r\n"))
	}
	return nil
}

func (s *session) emitLine(ctx context.Context, level slog.Level, line string) {
	s.journalLine(level, line)
	if len(line) <= maxLogLine {
		s.log.Log(ctx, level, line, "source", "guest")
		return
	}
	s.log.Log(ctx, level, cut(line, maxLogLine), "source", "guest", "truncated", true)
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
