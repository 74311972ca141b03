// Package launcher runs jobs, each in a worker container of its own that does
// its work and ends. It owns the worker from its creation to its removal: what it
// may use, how long it may take, what is kept of it.
//
// The change loop's build containers call it; it calls package docker. What a
// worker has in its files after a success can be kept as a snapshot, an image
// that the next job of the same project and item starts from. Workers outlive the
// launcher: Close lets go of them, and the next Open takes them up again.
package launcher
