package project

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
)

// Hash is the service's config hash in the way of Compose, so that its `up`
// leaves a container of ours alone. Best effort: it is equal as long as Compose's
// version writes a service as JSON as our compose-go does. Never decide by it
// whether to recreate; that is what Fingerprint is for.
func Hash(service types.ServiceConfig) (string, error) {
	return digest(service.Name, plain(service))
}

// Fingerprint changes whenever a container of the service would come out
// different: by the service itself or by the networks, volumes, secrets and
// configs it uses. It is the same over runs and takes no notice of what only
// steers building, watching and ordering; the image's id is the caller's to
// compare.
func (p *Project) Fingerprint(service types.ServiceConfig) (string, error) {
	service = plain(service)
	service.Develop, service.Extends, service.Attach = nil, nil, nil
	seen := struct {
		Service  types.ServiceConfig
		Networks map[string]types.NetworkConfig
		Volumes  map[string]types.VolumeConfig
		Files    map[string]string
	}{
		Service:  service,
		Networks: map[string]types.NetworkConfig{}, Volumes: map[string]types.VolumeConfig{}, Files: map[string]string{},
	}
	for name := range service.Networks {
		seen.Networks[name] = p.Compose.Networks[name]
	}
	for _, mount := range service.Volumes {
		if mount.Type == types.VolumeTypeVolume {
			seen.Volumes[mount.Source] = p.Compose.Volumes[mount.Source]
		}
	}
	for _, secret := range service.Secrets {
		seen.Files["secret "+secret.Source] = p.Compose.Secrets[secret.Source].File
	}
	for _, config := range service.Configs {
		seen.Files["config "+config.Source] = p.Compose.Configs[config.Source].File
	}
	return digest(service.Name, seen)
}

// plain is the service without what does not reach its container: Compose leaves
// out the same.
func plain(service types.ServiceConfig) types.ServiceConfig {
	service.Build, service.PullPolicy, service.Scale = nil, "", nil
	service.DependsOn, service.Profiles = nil, nil
	if service.Deploy != nil {
		deploy := *service.Deploy
		deploy.Replicas = nil
		service.Deploy = &deploy
	}
	return service
}

// digest relies on encoding/json writing maps in the order of their keys.
func digest(name string, value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("hashing service %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
