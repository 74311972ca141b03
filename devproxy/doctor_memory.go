package main

import (
	"context"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/headroom"
)

// checkMemory finds out whether a handler can be compiled in this process, as
// the embedded backend does.
func checkMemory(context.Context, *patient) []finding {
	room, known := headroom.Look()
	switch {
	case !known:
		return skipped("this system does not tell how much memory a process can get")
	case room.Bytes < guest.NeededToCompile:
		return []finding{{State: stateWarning, Code: guest.CodeMemory, Cause: "there is too little memory to compile a handler of componentize-js here",
			Evidence: fmt.Sprintf("%s, and about %d MiB are needed", guest.Left(room), guest.NeededToCompile>>20), Fix: guest.MoreRoom(room.Bound)}}
	}
	return fine("a handler can be compiled: %s", guest.Left(room))
}
