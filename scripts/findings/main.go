// Command findings judges what govulncheck says, for scripts/vuln: what our code
// reaches fails, unless a file says why it stays.
//
//	govulncheck -format json ./... | findings scripts/vuln.allow
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run exits 0 when nothing is reached that is not allowed, 1 when something is,
// and 2 when that cannot be told.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: govulncheck -format json ./... | findings FILE")
		return 2
	}
	allowed, err := readAllowed(args[0])
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	found, err := read(stdin)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if !tell(stdout, found, allowed) {
		return 1
	}
	return 0
}
