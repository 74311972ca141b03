package guest

// UnsupportedError says why bytes are not a component that an Engine can run.
type UnsupportedError struct {
	Reason string // what was found
	Fix    string // what to do, may be empty
}

func (e *UnsupportedError) Error() string {
	if e.Fix == "" {
		return "unsupported component: " + e.Reason
	}
	return "unsupported component: " + e.Reason + "; " + e.Fix
}

// TrapKind says what ended a guest.
type TrapKind string

// The kinds of trap.
const (
	TrapGuest   TrapKind = "trap"    // the guest itself: unreachable, out of bounds, an uncaught throw
	TrapHost    TrapKind = "host"    // a Host.Call error
	TrapTimeout TrapKind = "timeout" // Limits.Timeout or the context ended
	TrapMemory  TrapKind = "memory"  // the guest needed more than Limits.MemoryBytes
)

// TrapError says that a guest did not return, and why.
type TrapError struct {
	Kind    TrapKind
	Message string
	Err     error // the cause, may be nil
}

func (e *TrapError) Error() string { return e.Message }

func (e *TrapError) Unwrap() error { return e.Err }
