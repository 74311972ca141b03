// report.go contains what comes out: tables of medians, and every single figure
// in a file where one is asked for.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// report is every single figure of a run.
type report struct{ figures []figure }

type figure struct {
	Subject string             `json:"subject"`
	Row     string             `json:"row"`
	Server  string             `json:"server"`
	Values  map[string]float64 `json:"values"`
}

func (r *report) note(subject, row, server string, values map[string]float64) {
	r.figures = append(r.figures, figure{subject, row, server, values})
}

func (r *report) save(file string) error {
	if file == "" {
		return nil
	}
	var lines strings.Builder
	for _, f := range r.figures {
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s\n", line)
	}
	return os.WriteFile(file, []byte(lines.String()), 0o600)
}

// table is one in Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print() error {
	rule := slices.Repeat([]string{"---"}, len(t.head))
	_, err := fmt.Printf("\n### %s\n\n", t.title)
	for _, cells := range append([][]string{t.head, rule}, t.rows...) {
		if err == nil {
			_, err = fmt.Printf("| %s |\n", strings.Join(cells, " | "))
		}
	}
	return err
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func ratio[T any](all, base []T, of func(T) float64) string {
	return fmt.Sprintf("%.2f", median(all, of)/median(base, of))
}
