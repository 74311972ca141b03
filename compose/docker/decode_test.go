package docker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// frame is one part as the engine multiplexes it.
func frame(stream byte, text string) []byte {
	header := []byte{stream, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(header[4:], uint32(len(text)))
	return append(header, text...)
}

const stamp = "2026-01-02T03:04:05.000000006Z "

func TestStreamsThatInterleaveAreJoinedEachForItself(t *testing.T) {
	long := string(bytes.Repeat([]byte("a"), splitAt))
	log := bytes.Join([][]byte{
		frame(1, stamp+long), frame(2, stamp+"short\n"), frame(1, stamp+"end\n"), frame(1, stamp+"unfinished"),
	}, nil)
	var lines []string
	require.NoError(t, readFrames(bufio.NewReader(bytes.NewReader(log)), func(l LogLine) error {
		lines = append(lines, string(l.Stream)+" "+l.Text)
		return nil
	}))
	require.Equal(t, []string{"stderr short", "stdout " + long + "end", "stdout unfinished"}, lines)
}

func TestALogThatIsNotInFramesIsAnError(t *testing.T) {
	err := readFrames(bufio.NewReader(bytes.NewReader([]byte("plain text of a terminal\n"))), func(LogLine) error { return nil })
	require.ErrorContains(t, err, "not in frames")
}

func TestARepeatedStepIsReportedOncePerState(t *testing.T) {
	vertex := protowire.AppendTag(nil, 1, protowire.BytesType)
	vertex = protowire.AppendString(vertex, "sha256:1")
	vertex = protowire.AppendTag(vertex, 3, protowire.BytesType)
	vertex = protowire.AppendString(vertex, "[1/1] COPY . /")
	started := protowire.AppendBytes(protowire.AppendTag(bytes.Clone(vertex), 5, protowire.BytesType), nil)
	done := protowire.AppendBytes(protowire.AppendTag(bytes.Clone(started), 6, protowire.BytesType), nil)
	var events []BuildEvent
	reader := newTrace(func(e BuildEvent) { events = append(events, e) })
	for _, v := range [][]byte{vertex, started, started, done, done} {
		aux, err := json.Marshal(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), v))
		require.NoError(t, err)
		reader.read(aux)
	}
	require.Equal(t, []BuildEvent{{Step: "[1/1] COPY . /"}, {Step: "[1/1] COPY . /", Done: true}}, events)
}

// FuzzDecoding: whatever an engine sends, reading it ends without a panic.
func FuzzDecoding(f *testing.F) {
	f.Add(frame(1, stamp+"text\n"))
	f.Add([]byte(stamp + "text\r" + stamp + "more\r\n"))
	f.Add([]byte{0x0a, 0x03, 0x1a, 0x01, 'x'})
	f.Fuzz(func(_ *testing.T, data []byte) {
		drop := func(LogLine) error { return nil }
		_ = readFrames(bufio.NewReader(bytes.NewReader(data)), drop)
		_ = readTerminal(bufio.NewReader(bytes.NewReader(data)), drop)
		aux, _ := json.Marshal(data)
		newTrace(nil).read(aux)
	})
}
