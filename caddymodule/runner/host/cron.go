package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronFields are the five fields with the values that they take.
var cronFields = []struct {
	name        string
	first, last int
}{
	{"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12}, {"day of week", 0, 7},
}

// checkCron accepts what the platform accepts: five fields of numbers, `*`,
// ranges, lists and steps, not both days set, not more often than every five
// minutes.
func checkCron(cron string) error {
	parts := strings.Fields(cron)
	if len(parts) != len(cronFields) || len(cron) > 128 {
		return fmt.Errorf("a cron expression has 5 fields, as in `0 9 * * 1`: minute, hour, day of month, month, day of week")
	}
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			if !validCronItem(item, cronFields[i].first, cronFields[i].last) {
				return fmt.Errorf("the %s %q is not valid; use %d to %d, *, ranges, lists and steps",
					cronFields[i].name, item, cronFields[i].first, cronFields[i].last)
			}
		}
	}
	if parts[2] != "*" && parts[4] != "*" {
		return fmt.Errorf("day of month and day of week cannot both be set")
	}
	often := []string{"*", "*/1", "*/2", "*/3", "*/4"}
	if slices.Contains(often, parts[0]) && strings.Join(parts[1:], "") == "****" {
		return fmt.Errorf("the schedule runs too often; the shortest interval is 5 minutes")
	}
	return nil
}

// validCronItem checks `*`, `n` or `n-m`, each with an optional `/step`.
func validCronItem(item string, first, last int) bool {
	span, step, stepped := strings.Cut(item, "/")
	if stepped {
		if n, ok := cronNumber(step); !ok || n < 1 || n > last {
			return false
		}
	}
	if span == "*" {
		return true
	}
	from, to, ranged := strings.Cut(span, "-")
	low, ok := cronNumber(from)
	high, okHigh := low, true
	if ranged {
		high, okHigh = cronNumber(to)
	}
	return ok && okHigh && low >= first && high <= last && low <= high
}

// cronNumber reads digits only: strconv alone would take a sign.
func cronNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 8)
	return int(n), err == nil
}
