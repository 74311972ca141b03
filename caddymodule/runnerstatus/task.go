package runnerstatus

import (
	"fmt"
	"time"
)

// Task is something that goes on and may take long.
type Task struct {
	Kind    string    `json:"kind"`              // build, componentize, compile, warm, image_build, image_pull, image_import or runner_compile
	Subject string    `json:"subject,omitempty"` // an extension, a service or an image
	Detail  string    `json:"detail,omitempty"`  // what it is at
	Share   float64   `json:"share,omitempty"`   // of 1; 0 when it is not known
	Began   time.Time `json:"began"`
}

// String says what goes on.
func (t Task) String() string {
	switch t.Kind {
	case "build":
		if t.Detail == "" {
			return "building " + t.Subject
		}
		return fmt.Sprintf("building the %s of %s", t.Detail, t.Subject)
	case "componentize":
		return "making dist/main.wasm of " + t.Subject + " in the background"
	case "compile":
		return "compiling the handler of " + t.Subject
	case "warm":
		return "handing " + t.Subject + " to the runner"
	case "image_build":
		return "building the image of " + t.Subject + t.at()
	case "image_pull":
		return "pulling " + t.Subject + t.at()
	case "image_import":
		return "making the runner's image" + t.at()
	case "runner_compile":
		return "compiling the runner for its image" + t.at()
	}
	return t.Kind + " " + t.Subject + t.at()
}

func (t Task) at() string {
	if t.Detail == "" {
		return ""
	}
	return ": " + t.Detail
}

// Progress is how long it has gone on, and the share that is done, if known.
func (t Task) Progress(now time.Time) string {
	took := now.Sub(t.Began)
	text := fmt.Sprintf("%.0f s", took.Truncate(time.Second).Seconds())
	if took >= time.Minute {
		text = fmt.Sprintf("%d:%02d min", int(took.Minutes()), int(took.Seconds())%60)
	}
	if t.Share > 0 {
		text += fmt.Sprintf(", %.0f %%", t.Share*100)
	}
	return text
}
