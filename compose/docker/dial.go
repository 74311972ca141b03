package docker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"
)

// dial asks one candidate for a ping and negotiates with it.
func (c candidate) dial(ctx context.Context, env map[string]string) (*Engine, error) {
	if c.err != nil {
		return nil, c.err
	}
	opts, err := c.options(env)
	if err != nil {
		return nil, err
	}
	cli, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, malformed(c.source)
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := c.knock(ctx); err != nil {
		return nil, errors.Join(err, cli.Close())
	}
	ping, err := cli.Ping(ctx)
	if err != nil {
		return nil, errors.Join(plain(err), cli.Close())
	}
	// A pinned version is kept: the client ignores the call then.
	cli.NegotiateAPIVersionPing(ping)
	return &Engine{cli: cli, source: c.source, endpoint: c.endpoint, remote: remoteHost(c.endpoint), service: c.service}, nil
}

// knock asks a docker-runner by itself: the Docker client hides why it refuses.
func (c candidate) knock(ctx context.Context) error {
	if c.service == nil {
		return nil
	}
	conn, err := c.service.DialEngine(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (c candidate) options(env map[string]string) ([]client.Opt, error) {
	version := []client.Opt{client.WithAPIVersionNegotiation()}
	if pinned := env["DOCKER_API_VERSION"]; pinned != "" {
		version = []client.Opt{client.WithVersion(pinned)}
	}
	if c.service != nil {
		return append(version, serviceOptions(c.service)...), nil
	}
	way, err := c.way()
	return append(version, way...), err
}

// way is how an engine's own address is reached.
func (c candidate) way() (opts []client.Opt, err error) {
	scheme, path, _ := strings.Cut(c.endpoint, "://")
	switch scheme {
	case "ssh":
		return nil, &addressError{"ssh endpoints are not supported: they reach the engine, but not the ports of its containers",
			"run devproxy on that machine, or reach its engine with tcp://HOST:2376 and TLS"}
	case "npipe", "tcp", "http", "https":
	case "unix":
		if err := reachable(path); err != nil {
			return nil, err
		}
	default:
		return nil, malformed(c.source)
	}
	if c.tls != nil {
		config, err := c.tls.config()
		if err != nil {
			return nil, err
		}
		opts = append(opts, client.WithHTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: config}}))
	}
	return append(opts, client.WithHost(c.endpoint)), nil
}

func malformed(source string) error {
	fix := "correct the context: its host is unix:///PATH/TO/docker.sock or tcp://HOST:PORT"
	if source == hostVariable {
		fix = "write " + source + " as unix:///PATH/TO/docker.sock or tcp://HOST:PORT, or unset it to search the known sockets"
	}
	return &addressError{"this is no address of an engine", fix}
}

// reachable gives the two commonest reasons in words; the client wraps both in a
// "cannot connect to the Docker daemon".
func reachable(socket string) error {
	_, err := os.Stat(socket)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such socket")
	}
	return err
}

// tlsFiles is the TLS material of an endpoint: ca.pem, cert.pem and key.pem in
// one folder, each of which may be missing.
type tlsFiles struct {
	dir        string
	skipVerify bool
}

func (t *tlsFiles) config() (*tls.Config, error) {
	options := tlsconfig.Options{
		CAFile: t.file("ca.pem"), CertFile: t.file("cert.pem"), KeyFile: t.file("key.pem"),
		InsecureSkipVerify: t.skipVerify, ExclusiveRootPools: true,
	}
	config, err := tlsconfig.Client(options)
	if err != nil {
		return nil, fmt.Errorf("reading TLS files in %s: %w", t.dir, err)
	}
	return config, nil
}

func (t *tlsFiles) file(name string) string {
	path := filepath.Join(t.dir, name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
