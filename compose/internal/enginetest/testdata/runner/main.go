// Command runner is a tiny service for tests: healthy or not, obedient or not,
// and with numbered output, as its environment says.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	if filepath.Base(os.Args[0]) == "rm" {
		os.Exit(remove(os.Args[3:]))
	}
	if len(os.Args) > 1 {
		os.Exit(command(os.Args[1], os.Args[2:]))
	}
	os.Exit(serve())
}

// command is what a test executes inside the container.
func command(name string, args []string) int {
	switch name {
	case "health":
		response, err := http.Get("http://127.0.0.1:8080/healthz")
		if err != nil || response.StatusCode != http.StatusOK {
			return 1
		}
	case "exit":
		code, _ := strconv.Atoi(args[0])
		return code
	case "echo":
		_, _ = io.Copy(os.Stdout, os.Stdin)
		fmt.Fprintln(os.Stderr, "done")
	case "cat":
		text, err := os.ReadFile(args[0])
		if err != nil {
			return 1
		}
		fmt.Print(string(text))
	case "write":
		if os.WriteFile(args[0], []byte(os.Getenv(args[1])), 0o600) != nil {
			return 1
		}
	case "size":
		return size()
	}
	return 0
}

// remove stands for rm -rf -- in images that have one.
func remove(paths []string) int {
	for _, path := range paths {
		if os.RemoveAll(path) != nil {
			return 1
		}
	}
	return 0
}

// size prints the terminal's size once it has one.
func size() int {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	for {
		width, height, err := term.GetSize(int(os.Stdout.Fd()))
		if err != nil {
			return 1
		}
		if width > 0 {
			fmt.Println(width, height)
			return 0
		}
		<-changed
	}
}

func serve() int {
	for i := range number("LINES") {
		fmt.Printf("%s line %d\n", os.Getenv("VERSION"), i+1)
	}
	if n := number("LONG"); n > 0 {
		fmt.Println(strings.Repeat("€", n))
		fmt.Fprintln(os.Stderr, strings.Repeat("ü", n))
	}
	if n := number("EXIT_AFTER_MS"); n > 0 {
		time.AfterFunc(time.Duration(n)*time.Millisecond, func() { os.Exit(number("EXIT_CODE")) })
	}
	routes()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGUSR1)
	go func() { fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil)) }()
	for caught := range ended {
		fmt.Println("caught", caught)
		if os.Getenv("IGNORE_TERM") == "" {
			for i := range number("LAST_LINES") {
				fmt.Printf("%s last line %d\n", os.Getenv("VERSION"), i+1)
			}
			fmt.Println(os.Getenv("VERSION"), "last words")
			return 0
		}
	}
	return 0
}

func routes() {
	var sick atomic.Bool
	var slow atomic.Int64 // milliseconds that a health check takes
	sick.Store(os.Getenv("NEVER_HEALTHY") != "")
	http.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		ms, _ := strconv.ParseInt(r.URL.Query().Get("ms"), 10, 64)
		slow.Store(ms)
	})
	http.HandleFunc("/sicken", func(http.ResponseWriter, *http.Request) { sick.Store(true) })
	http.HandleFunc("/eat", func(http.ResponseWriter, *http.Request) { eat() })
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Duration(slow.Load()) * time.Millisecond)
		if sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getenv("VERSION"))
	})
	http.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(r.URL.Query().Get("path"))
		if err != nil {
			text = []byte("none")
		}
		w.Write(text)
	})
	http.HandleFunc("/tail", func(w http.ResponseWriter, _ *http.Request) {
		self, _ := os.ReadFile(os.Args[0])
		w.Write(self[max(0, len(self)-20):])
	})
	http.HandleFunc("/exit", func(_ http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		os.Exit(code)
	})
	http.HandleFunc("/print", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL.Query().Get("text"))
	})
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

func number(name string) int {
	n, _ := strconv.Atoi(os.Getenv(name))
	return n
}
