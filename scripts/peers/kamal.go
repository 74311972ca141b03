// kamal.go contains kamal-proxy, where it is installed.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// startKamal starts it with an origin that was deployed to it before, so that
// its start is measured as a restart is. It listens on all addresses of the
// machine, for there is no option against that, and writes a line for each
// request, which goes to nowhere.
func startKamal(ctx context.Context, f *field, dir string) (*server, error) {
	binary, err := exec.LookPath("kamal-proxy")
	if err != nil {
		return nil, errAbsent
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer nowhere.Close()
	k := kamalProxy{binary: binary, socket: filepath.Join(dir, "kamal-proxy.sock"), nowhere: nowhere}
	k.env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	if err := k.deploy(ctx, dir, f.origin.url); err != nil {
		return nil, err
	}
	address, command, err := k.run()
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, kamal, "http://"+address, dir, command)
	return s.of(binary), err
}

type kamalProxy struct {
	binary, socket string
	env            []string
	nowhere        *os.File
}

func (k kamalProxy) run() (address string, command *exec.Cmd, err error) {
	address, err = freeAddress()
	if err != nil {
		return "", nil, err
	}
	secure, err := freeAddress()
	if err != nil {
		return "", nil, err
	}
	command = pin(0, k.binary, "run", "--http-port", port(address), "--https-port", port(secure))
	command.Env, command.Stdout = k.env, k.nowhere
	return address, command, nil
}

// deploy has a first process write down where requests go.
func (k kamalProxy) deploy(ctx context.Context, dir, origin string) error {
	_, command, err := k.run()
	if err != nil {
		return err
	}
	first, err := begin(kamal, "", dir, command)
	if err != nil {
		return err
	}
	defer first.stop()
	if err := first.await(ctx, func(context.Context) error { _, err := os.Stat(k.socket); return err }); err != nil {
		return err
	}
	deploy := exec.CommandContext(ctx, k.binary, "deploy", "origin", "--target", strings.TrimPrefix(origin, "http://"),
		"--health-check-path", healthPath, "--target-timeout", "10m")
	deploy.Env = k.env
	if out, err := deploy.CombinedOutput(); err != nil {
		return fmt.Errorf("deploying to %s: %w: %s", kamal, err, out)
	}
	return nil
}
