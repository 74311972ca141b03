package main

// openFiles is without a limit that matters.
func openFiles() (limit uint64, known bool) { return 0, false }
