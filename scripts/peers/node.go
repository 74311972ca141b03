// node.go contains the proxies that Node's developers know, installed by npm
// once, outside of any project.

package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The packages that are compared with.
const (
	httpProxyPackage = "http-proxy@1.18.1"
	vitePackage      = "vite@8.3.8"
	nextPackage      = "next@16.4.5"
	reactVersion     = "19.3.1"
)

var (
	//go:embed proxy.mjs
	nodeProxy string
	//go:embed vite.mjs
	viteProxy string
	//go:embed next.config.mjs
	nextConfig string
)

func startNode(ctx context.Context, f *field, _ string) (*server, error) {
	packages, address, err := placeOfNode(ctx, httpProxyPackage)
	if err != nil {
		return nil, err
	}
	return launch(ctx, node, "http://"+address, packages, pin(0, "node", "--input-type=module", "-e", nodeProxy, f.origin.url, port(address)))
}

// startVite starts its development server, which has the origin behind all paths.
func startVite(ctx context.Context, f *field, dir string) (*server, error) {
	packages, address, err := placeOfNode(ctx, vitePackage)
	if err != nil {
		return nil, err
	}
	return launch(ctx, vite, "http://"+address, packages, pin(0, "node", "--input-type=module", "-e", viteProxy, f.origin.url, port(address), dir))
}

// startNext starts its development server, which rewrites all paths to the
// origin: what a host without devproxy would do.
func startNext(ctx context.Context, f *field, _ string) (*server, error) {
	packages, address, err := placeOfNode(ctx, nextPackage, "react@"+reactVersion, "react-dom@"+reactVersion)
	if err != nil {
		return nil, err
	}
	if f.running[next] == nil {
		if err := os.RemoveAll(filepath.Join(packages, ".next")); err != nil { // of earlier runs
			return nil, err
		}
	}
	files := map[string]string{"next.config.mjs": nextConfig, filepath.Join("pages", "index.js"): "export default () => null;\n"}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(packages, name)), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(packages, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	command := pin(0, "node", filepath.Join("node_modules", "next", "dist", "bin", "next"), "dev", "--hostname", "127.0.0.1", "--port", port(address))
	command.Env = append(os.Environ(), "ORIGIN="+f.origin.url, "OUTPUT=.next/"+port(address), "NEXT_TELEMETRY_DISABLED=1")
	return launch(ctx, next, "http://"+address, packages, command)
}

// placeOfNode has npm install packages, of which the first one gives the
// folder its name.
func placeOfNode(ctx context.Context, packages ...string) (dir, address string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	dir = filepath.Join(cache, "devproxy", "bench", packages[0])
	if _, missing := os.Stat(filepath.Join(dir, "installed")); missing != nil {
		if err := install(ctx, dir, packages); err != nil {
			return "", "", fmt.Errorf("%w, and npm cannot install it: %w", errAbsent, err)
		}
	}
	address, err = freeAddress()
	return dir, address, err
}

func install(ctx context.Context, dir string, packages []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := exec.CommandContext(ctx, "npm", append([]string{"install", "--silent", "--no-audit", "--no-fund", "--prefix", dir}, packages...)...).Run(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "installed"), nil, 0o600)
}
