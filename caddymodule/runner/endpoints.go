package runner

import (
	"encoding/json"
	"io/fs"

	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// endpoints gives what bundle's manifest declares, for the scheduler to offer.
// Without a readable manifest it is nil, and the local fixture answers. Only
// who may schedule asks, so that other runs read no file for it.
func endpoints(bundle Bundle, granted host.Capabilities) []host.Endpoint {
	if !granted[host.CapScheduler] {
		return nil
	}
	data, err := fs.ReadFile(bundle.Files, "manifest.json")
	if err != nil {
		return nil
	}
	var manifest struct {
		API struct {
			Endpoints []host.Endpoint `json:"endpoints"`
		} `json:"api"`
	}
	if json.Unmarshal(data, &manifest) != nil {
		return nil
	}
	return manifest.API.Endpoints
}
