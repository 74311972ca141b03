package docker

import (
	"encoding/json"
	"errors"
	"io"
)

// firstError reads a stream of the engine's JSON messages to its end.
func firstError(body io.Reader) error { return readPull(body, nil) }

// layers are how much of each is here.
type layers map[string]struct{ done, total int64 }

// readPull is firstError, and tells how far a pull has got.
func readPull(body io.Reader, progress func(done, total int64)) error {
	decoder, known := json.NewDecoder(body), layers{}
	for {
		var message struct {
			Error, Status, ID string
			ProgressDetail    struct{ Current, Total int64 }
		}
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if message.Error != "" {
			return errors.New(message.Error)
		}
		if progress != nil && known.hear(message.ID, message.Status, message.ProgressDetail.Current, message.ProgressDetail.Total) {
			progress(known.sum())
		}
	}
}

// hear takes the message about a layer; false when it changes nothing. Only
// the download counts: unpacking reports the same bytes again.
func (l layers) hear(id, status string, current, total int64) bool {
	layer, known := l[id]
	switch {
	case status == "Downloading" && total > 0:
		layer.done, layer.total = current, total
	case known && status == "Download complete":
		layer.done = layer.total
	default:
		return false
	}
	l[id] = layer
	return true
}

func (l layers) sum() (done, total int64) {
	for _, layer := range l {
		done, total = done+layer.done, total+layer.total
	}
	return done, total
}
