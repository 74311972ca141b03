package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// readJSON reads a JSON file into v. The error of a broken file names
// file:line:column.
func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return parseJSON(path, data, v)
}

func parseJSON(path string, data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	line, column := position(data, errorOffset(err, len(data)))
	return fmt.Errorf("reading %s:%d:%d: %w", path, line, column, err)
}

// errorOffset is how many bytes the decoder read before it gave up.
func errorOffset(err error, size int) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return int(syntax.Offset)
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return int(mismatch.Offset)
	}
	return size
}

// position is the line and column, both from 1, of the last of offset bytes.
func position(data []byte, offset int) (line, column int) {
	before := data[:max(0, min(offset, len(data))-1)]
	line = bytes.Count(before, []byte("\n")) + 1
	column = len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return line, column
}

// writeJSON replaces a JSON file, indented for people.
func writeJSON(path string, v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}
