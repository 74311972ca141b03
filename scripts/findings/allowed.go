// allowed.go contains what stays though it is known, and what is said of all.

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// readAllowed reads a file with a vulnerability's id and the reason why it stays
// on each line; empty lines and those that begin with # are not read. It gives
// the reasons by id.
func readAllowed(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading what is allowed: %w", err)
	}
	defer file.Close()
	allowed := map[string]string{}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(id, "GO-") || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("reading %s: line %d must be an id such as GO-2026-1234 and a reason", path, number)
		}
		allowed[id] = strings.TrimSpace(reason)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return allowed, nil
}

// tell prints what was found, and says whether all that our code reaches is
// allowed.
func tell(out io.Writer, found []*finding, allowed map[string]string) bool {
	good, counts, seen := true, [called + 1]int{}, map[string]bool{}
	for _, f := range found {
		counts[f.reach]++
		seen[f.id] = true
		reason, stays := allowed[f.id]
		switch {
		case f.reach == called && !stays:
			good = false
			f.print(out, "REACHED", "by way of "+f.way)
		case f.reach == called:
			f.print(out, "stays", reason)
		default:
			f.print(out, "not reached", "")
		}
	}
	for id := range allowed {
		if !seen[id] {
			fmt.Fprintf(out, "%s is allowed, and was not found: take its line out, unless only some packages were looked at\n", id)
		}
	}
	fmt.Fprintf(out, "%d reached, %d in packages that are imported, %d in modules that are required\n", counts[called], counts[imported], counts[required])
	return good
}

func (f *finding) print(out io.Writer, verdict, note string) {
	mended := "no version mends it"
	if f.fixed != "" {
		mended = "mended in " + f.fixed
	}
	fmt.Fprintf(out, "%s %s: %s\n  %s@%s, %s\n", f.id, verdict, strings.Join(strings.Fields(f.summary), " "), f.module, f.version, mended)
	if note != "" {
		fmt.Fprintf(out, "  %s\n", note)
	}
}
