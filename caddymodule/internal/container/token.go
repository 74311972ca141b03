package container

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// tokenVariable is how a runner learns what its callers must send.
const tokenVariable = "RUNNER_SERVICE_TOKEN"

// ownToken is the secret between devproxy and the container of a project of our
// own: its port is open to every process of this machine, and what is behind it
// runs code. It is made once per project, so that a container that was kept is
// as its project says.
func (r *Runner) ownToken() (string, error) {
	file := filepath.Join(r.cfg.StateDir, "service-token")
	content, err := os.ReadFile(file)
	if token := strings.TrimSpace(string(content)); err == nil && token != "" {
		return token, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the runner's token: %w", err)
	}
	token := rand.Text()
	if err := os.MkdirAll(r.cfg.StateDir, 0o700); err != nil {
		return "", fmt.Errorf("making the state folder: %w", err)
	}
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keeping the runner's token: %w", err)
	}
	return token, nil
}

// token is what the backend sends: what is configured, else what the runner's
// environment says that it demands.
func (r *Runner) token(service types.ServiceConfig) string {
	demanded := ""
	if said := service.Environment[tokenVariable]; said != nil {
		demanded = *said
	}
	return cmp.Or(r.cfg.ServiceToken, demanded)
}
