// Command worker does what its arguments say, in order: what a job of a test is.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	args := os.Args[1:]
	next := func() string {
		word := args[0]
		args = args[1:]
		return word
	}
	for len(args) > 0 {
		switch next() {
		case "lines":
			n, _ := strconv.Atoi(next())
			for i := range n {
				fmt.Println("line", i+1)
			}
		case "say":
			fmt.Println(next())
		case "ignore-term":
			signal.Ignore(syscall.SIGTERM)
		case "exit-on-term": // with code 0, as an obedient program does
			ended := make(chan os.Signal, 1)
			signal.Notify(ended, syscall.SIGTERM)
			go func() { <-ended; fmt.Println("caught"); os.Exit(0) }()
		case "sleep":
			d, _ := time.ParseDuration(next())
			time.Sleep(d)
		case "eat":
			eat()
		case "write":
			write(next(), next())
		case "cat":
			text, err := os.ReadFile(next())
			fmt.Println(strings.TrimSpace(string(text)), err == nil)
		case "env":
			fmt.Println(strings.Join(os.Environ(), " "))
		case "exit":
			code, _ := strconv.Atoi(next())
			os.Exit(code)
		}
	}
}

func write(file, text string) {
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}

// eat takes all the memory there is.
func eat() {
	var taken [][]byte
	for {
		chunk := make([]byte, 1<<20)
		for i := range chunk {
			chunk[i] = 1
		}
		taken = append(taken, chunk)
	}
}
