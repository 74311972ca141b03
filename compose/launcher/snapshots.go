package launcher

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/expression"
)

// Snapshot is an image with the files of a worker that succeeded.
type Snapshot struct {
	Image   string        `json:"image"`
	Project string        `json:"project"`
	Item    string        `json:"item"`
	Base    string        `json:"base,omitempty"` // id of the image that its first worker was made of
	Created time.Time     `json:"created"`
	Size    int64         `json:"size,omitempty"` // bytes; 0 when not known
	Layers  int           `json:"layers,omitempty"`
	TTL     time.Duration `json:"ttl,omitempty"` // 0 for the launcher's
}

// mostLayers is when a snapshot is no longer built upon: engines stop at 127, and
// each job adds one.
const mostLayers = 60

const snapshotPrefix = "devproxy-snapshot-"

var separators = expression.WhenNeeded(`[^a-z0-9]+`)

// snapshotName is what the snapshot of a job is called. Its last part tells
// names apart that look the same otherwise, and the snapshots of others.
func (l *Launcher) snapshotName(j Job) string {
	sum := sha256.Sum256([]byte(l.state.Instance + "\x00" + j.Project + "\x00" + j.Item))
	return snapshotPrefix + slug(j.Project) + "-" + slug(j.Item) + "-" + hex.EncodeToString(sum[:4]) + ":latest"
}

func slug(text string) string {
	text = separators().ReplaceAllString(strings.ToLower(text), "-")
	return cmp.Or(strings.Trim(text[:min(len(text), 40)], "-"), "x")
}

func (j Job) keepsSnapshot() bool { return j.Snapshot && j.Project != "" && j.Item != "" }

// fresh gives the snapshot that a job starts from: one that is young enough, and
// of the very image that the job names.
func (l *Launcher) fresh(ctx context.Context, j Job, now time.Time) (Snapshot, bool) {
	s, found := l.snapshot(l.snapshotName(j))
	if !j.keepsSnapshot() || !found || s.Layers >= mostLayers || now.Sub(s.Created) >= cmp.Or(j.SnapshotTTL, l.cfg.Snapshots.TTL) {
		return Snapshot{}, false
	}
	base, err := l.engine.FindImage(ctx, j.Image)
	return s, err != nil || s.Base == "" || base.ID == s.Base
}

func (l *Launcher) snapshot(image string) (Snapshot, bool) {
	list := l.Snapshots()
	at := slices.IndexFunc(list, func(s Snapshot) bool { return s.Image == image })
	if at < 0 {
		return Snapshot{}, false
	}
	return list[at], true
}

// keep makes a snapshot of a worker that succeeded, and gives its image. A
// failure is told, and the job has succeeded all the same.
func (w *Worker) keep(ctx context.Context) string {
	if !w.job.keepsSnapshot() {
		return ""
	}
	l := w.launcher
	l.shelf.Lock()
	defer l.shelf.Unlock()
	s := Snapshot{Image: l.snapshotName(w.job), Project: w.job.Project, Item: w.job.Item, Created: time.Now(), TTL: w.job.SnapshotTTL, Base: w.base(ctx)}
	spec := docker.SnapshotSpec{Ref: s.Image, Base: w.image, Blank: w.job.blanks(w.secrets), Labels: l.snapshotLabels(s)}
	commit := l.engine.Commit
	if len(w.secrets) > 0 {
		commit = l.engine.Flatten
	}
	if _, err := commit(ctx, w.id, spec); err != nil {
		l.capture(Capture{Source: SourceCommit, Job: w.job, Err: err})
		return ""
	}
	if made, err := l.engine.FindImage(ctx, s.Image); err == nil {
		s.Size, s.Layers = made.Size, made.Layers
	}
	l.register(s)
	l.evict(ctx, s.Created)
	return s.Image
}

// base is the image that the first worker of the snapshot's line was made of.
func (w *Worker) base(ctx context.Context) string {
	if before, found := w.launcher.snapshot(w.image); found {
		return before.Base
	}
	c, err := w.launcher.engine.Inspect(ctx, w.id)
	if err != nil {
		return ""
	}
	return c.ImageID
}

func (l *Launcher) snapshotLabels(s Snapshot) map[string]string {
	return map[string]string{
		LabelManaged: "", LabelSnapshot: "true", LabelSnapshotOf: l.state.Instance, labelSnapProject: s.Project,
		labelSnapItem: s.Item, labelSnapTTL: s.TTL.String(), labelSnapBase: s.Base,
	}
}

// discover registers the snapshots that the state does not know of.
func (l *Launcher) discover(ctx context.Context) error {
	found, err := l.engine.FindImages(ctx, map[string]string{LabelSnapshot: "true", LabelSnapshotOf: l.state.Instance})
	if err != nil {
		return err
	}
	for _, image := range found {
		for _, name := range image.Names {
			if _, known := l.snapshot(name); known || !strings.HasPrefix(name, snapshotPrefix) {
				continue
			}
			ttl, _ := time.ParseDuration(image.Labels[labelSnapTTL])
			l.register(Snapshot{
				Image: name, Project: image.Labels[labelSnapProject], Item: image.Labels[labelSnapItem], Base: image.Labels[labelSnapBase],
				Created: image.Created, Size: image.Size, Layers: image.Layers, TTL: ttl,
			})
		}
	}
	l.shelf.Lock()
	defer l.shelf.Unlock()
	l.evict(ctx, time.Now())
	return nil
}

// evict removes what is too old, then the oldest until what is left is within
// the limits. An entry goes only with its image: one in use is for next time. The
// caller holds the shelf.
func (l *Launcher) evict(ctx context.Context, now time.Time) {
	for _, s := range l.excess(now) {
		err := l.engine.DropImage(ctx, s.Image)
		switch {
		case err == nil:
			l.forget(s.Image)
		case !docker.Is(err, docker.CodeConflict) && ctx.Err() == nil:
			l.capture(Capture{Source: SourceSnapshots, Warning: true, Err: err})
		}
	}
}

// excess are the snapshots that are to go.
func (l *Launcher) excess(now time.Time) (gone []Snapshot) {
	left, size := l.Snapshots(), int64(0)
	left = slices.DeleteFunc(left, func(s Snapshot) bool {
		old := now.Sub(s.Created) > cmp.Or(s.TTL, l.cfg.Snapshots.TTL)
		if old {
			gone = append(gone, s)
		} else {
			size += s.Size
		}
		return old
	})
	for len(left) > 0 && (len(left) > l.cfg.Snapshots.Count || size > l.cfg.Snapshots.Size) {
		gone = append(gone, left[0])
		size -= left[0].Size
		left = left[1:]
	}
	return gone
}
