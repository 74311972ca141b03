package docker

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protowire"
)

// BuildEvent is one thing that happened in a build: a step that began or ended,
// or output of one.
type BuildEvent struct {
	Step   string // e.g. "[2/3] COPY app /app"
	Done   bool
	Cached bool
	Error  string // why the step failed
	Output []byte // what the step printed; nil for a change of its state
	Stderr bool   // the output's stream
}

// trace decodes BuildKit's progress from its wire form:
// StatusResponse{1: vertexes{1 digest, 3 name, 4 cached, 5 started, 6 completed,
// 7 error}, 3: logs{1 vertex, 3 stream, 4 message}}. Reading the few fields we
// show is less than a dependency on BuildKit.
type trace struct {
	emit   func(BuildEvent)
	names  map[string]string
	said   map[string]BuildEvent
	failed string
}

func newTrace(emit func(BuildEvent)) *trace {
	if emit == nil {
		emit = func(BuildEvent) {}
	}
	return &trace{emit: emit, names: map[string]string{}, said: map[string]BuildEvent{}}
}

// read takes one message: a JSON string of base64.
func (t *trace) read(aux json.RawMessage) {
	var data []byte
	if json.Unmarshal(aux, &data) != nil {
		return
	}
	fields(data, func(number protowire.Number, value []byte, _ uint64) {
		switch number {
		case 1:
			t.vertex(value)
		case 3:
			t.log(value)
		}
	})
}

// vertex reports a step once per state: BuildKit repeats itself.
func (t *trace) vertex(data []byte) {
	var digest string
	var started bool
	var event BuildEvent
	fields(data, func(number protowire.Number, value []byte, n uint64) {
		switch number {
		case 1:
			digest = string(value)
		case 3:
			event.Step = string(value)
		case 4:
			event.Cached = n == 1
		case 5:
			started = true
		case 6:
			event.Done = true
		case 7:
			event.Error = string(value)
		}
	})
	t.names[digest] = event.Step
	if event.Error != "" {
		t.failed = event.Step
	}
	before, known := t.said[digest]
	if (started || event.Done) && (!known || before.Done != event.Done || before.Error != event.Error) {
		t.said[digest] = event
		t.emit(event)
	}
}

func (t *trace) log(data []byte) {
	var event BuildEvent
	fields(data, func(number protowire.Number, value []byte, n uint64) {
		switch number {
		case 1:
			event.Step = t.names[string(value)]
		case 3:
			event.Stderr = n == 2
		case 4:
			event.Output = value
		}
	})
	t.emit(event)
}

// fields walks the fields of one message; it stops at what it cannot read.
func fields(data []byte, visit func(protowire.Number, []byte, uint64)) {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return
		}
		data = data[n:]
		var value []byte
		var integer uint64
		switch kind {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(data)
		case protowire.VarintType:
			integer, n = protowire.ConsumeVarint(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return
		}
		visit(number, value, integer)
		data = data[n:]
	}
}
