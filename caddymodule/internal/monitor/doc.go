// Package monitor keeps asking one backend whether it answers, and says what
// it found: unknown, up or down, since when, why, and when it asks again.
//
// The engine makes a [Monitor] for each backend, runs it, and wakes it when a
// container starts or a backend is selected; the guard, the health endpoint,
// the status and the dashboard read its [Snapshot]. The package calls the
// probe that it was given (a backend's Probe) and imports the backend package
// for that probe's errors only.
//
// Slow is never down: nothing but a probe that failed changes the status to
// down. How long requests take is not the monitor's business.
package monitor
