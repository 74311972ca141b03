package canonicaljson_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient/canonicaljson"
)

var samples = []struct{ name, text, want string }{
	{"white space goes, order of keys too", ` { "b" : 1 , "a" : [ true , null ] } `, `{"a":[true,null],"b":1}`},
	{"keys like indices come first, by number", `{"b":0,"10":0,"9":0,"01":0,"-1":0}`, `{"9":0,"10":0,"-1":0,"01":0,"b":0}`},
	{"an index ends at 2^32-2", `{"a":0,"4294967295":0,"4294967294":0}`, `{"4294967294":0,"4294967295":0,"a":0}`},
	{"keys are sorted by UTF-16 unit", `{"\uffff":0,"😀":0,"z":0}`, `{"z":0,"😀":0,"` + "\uffff" + `":0}`},
	{"the last of two equal keys counts", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
	{"keys are equal by what they mean", `{"a":1,"\u0061":2}`, `{"a":2}`},
	{"numbers are floats", `[1.0,-0,1e2,1E+2,0.1,1e21,123456789012345680000,1e-6,1e-7,1.5e-10,1e400,9007199254740993]`,
		`[1,0,100,100,0.1,1e+21,123456789012345680000,0.000001,1e-7,1.5e-10,null,9007199254740992]`},
	{"nothing is escaped that need not be", "\"<>&\u2028\u2029\\/é\u007f\"", "\"<>&\u2028\u2029/é\u007f\""},
	{"control characters are", `"\u0000\b\t\n\f\r\u001F\u0022\\"`, `"\u0000\b\t\n\f\r\u001f\"\\"`},
	{"a pair is one character, half of one stays an escape", `"\ud83d\ude00 \uD83D \ude00\ud83d"`, `"😀 \ud83d \ude00\ud83d"`},
	{"__proto__ is a key as any other", `{"__proto__":{"b":1,"a":2}}`, `{"__proto__":{"a":2,"b":1}}`},
	{"nothing stays nothing", `[{},[],""]`, `[{},[],""]`},
}

func TestTransform_writes_as_JavaScript_does(t *testing.T) {
	for _, c := range samples {
		t.Run(c.name, func(t *testing.T) {
			got, err := canonicaljson.Transform([]byte(c.text))
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		})
	}
}

func TestTransform_agrees_with_Node(t *testing.T) {
	node := oracle(t)
	for _, c := range samples {
		want, ok := node(t, c.text)
		require.True(t, ok, c.text)
		assert.Equal(t, want, c.want, c.name)
	}
}

func TestTransform_refuses_what_is_no_JSON(t *testing.T) {
	for _, text := range []string{"", "{", `{"a":1,}`, "[1 2]", "01", "+1", "nul", "\"\xff\"", "\"\x01\"", `"\x"`, "1 2", "\ufeff{}", "NaN"} {
		_, err := canonicaljson.Transform([]byte(text))
		assert.ErrorIs(t, err, canonicaljson.ErrInvalid, "%q", text)
	}
	_, err := canonicaljson.Transform([]byte(strings.Repeat("[", 102) + strings.Repeat("]", 102)))
	assert.ErrorIs(t, err, canonicaljson.ErrDepth)
}

func TestMarshal_sorts_the_fields_of_a_value(t *testing.T) {
	got, err := canonicaljson.Marshal(struct {
		Z string
		A map[string]any
	}{"<&\u2028>", map[string]any{"2": 1.0, "10": []byte("hi")}})
	require.NoError(t, err)
	want := `{"A":{"2":1,"10":"aGk="},"Z":"<&` + "\u2028" + `>"}`
	assert.True(t, want == string(got), "%s", got) //nolint:testifylint // byte by byte, not as JSON
}

// FuzzTransform compares with Node; without Node, with the form itself, which must
// not change any more.
func FuzzTransform(f *testing.F) {
	for _, c := range samples {
		f.Add(c.text)
	}
	node := oracle(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := canonicaljson.Transform([]byte(text))
		if !utf8.ValidString(text) {
			require.ErrorIs(t, err, canonicaljson.ErrInvalid)
			return
		}
		want, ok := node(t, text)
		if strings.Count(text, "[")+strings.Count(text, "{") > canonicaljson.MaxDepth {
			return
		}
		require.Equal(t, ok, err == nil, "%q", text)
		require.Equal(t, want, string(got), "%q", text)
		again, err := canonicaljson.Transform(got)
		if ok {
			require.NoError(t, err)
			require.Equal(t, string(got), string(again))
		}
	})
}

// oracle starts Node; what it returns is for one goroutine at a time.
func oracle(t testing.TB) func(t testing.TB, text string) (string, bool) {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("needs Node: ", err)
	}
	cmd := exec.Command(path, "testdata/oracle.mjs")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		require.NoError(t, cmd.Wait())
	})
	var mu sync.Mutex
	lines := bufio.NewReader(out)
	return func(t testing.TB, text string) (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		_, err := fmt.Fprintln(in, base64.StdEncoding.EncodeToString([]byte(text)))
		require.NoError(t, err)
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			t.Fatal("Node ended")
		}
		answer, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		return string(answer), err == nil
	}
}
