// traefik.go contains Traefik, where it is installed. `go install` cannot get it:
// its go.mod replaces modules.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func startTraefik(ctx context.Context, f *field, dir string) (*server, error) {
	binary, err := exec.LookPath("traefik")
	if err != nil {
		return nil, errAbsent
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	routes := fmt.Sprintf(`http:
  routers:
    all: {rule: "PathPrefix(%[1]s/%[1]s)", service: origin}
  services:
    origin:
      loadBalancer: {servers: [{url: %[2]q}]}
`, "`", f.origin.url)
	file := filepath.Join(dir, "routes.yml")
	if err := os.WriteFile(file, []byte(routes), 0o600); err != nil {
		return nil, err
	}
	s, err := launch(ctx, traefik, "http://"+address, dir, pin(0, binary,
		"--entrypoints.web.address="+address, "--entrypoints.web.transport.respondingtimeouts.readtimeout=0",
		"--providers.file.filename="+file, "--log.level=ERROR", "--global.checknewversion=false", "--global.sendanonymoususage=false"))
	return s.of(binary), err
}
