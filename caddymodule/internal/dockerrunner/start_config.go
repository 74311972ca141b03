package dockerrunner

import "maps"

// config is the container in the engine's terms. What createExtras says comes
// last; its HostConfig is merged member by member.
func (b *startBody) config() map[string]any {
	host := map[string]any{"AutoRemove": b.AutoRemove == nil || *b.AutoRemove}
	set(host, "Binds", b.Binds, len(b.Binds) > 0)
	set(host, "NetworkMode", b.NetworkMode, b.NetworkMode != "")
	set(host, "Privileged", true, b.Privileged)
	config := map[string]any{"Image": b.Image, "Tty": b.TTY, "Labels": b.labels()}
	set(config, "Cmd", b.Cmd, b.Cmd != nil)
	set(config, "Entrypoint", []string{b.Entrypoint}, b.Entrypoint != "")
	set(config, "Env", b.Env, len(b.Env) > 0)
	set(config, "WorkingDir", b.WorkingDir, b.WorkingDir != "")
	set(config, "Volumes", volumes(b.AnonymousVolumes), len(b.AnonymousVolumes) > 0)
	extras := maps.Clone(b.CreateExtras)
	if more, ok := extras["HostConfig"].(map[string]any); ok {
		maps.Copy(host, more)
		delete(extras, "HostConfig")
	}
	config["HostConfig"] = host
	maps.Copy(config, extras)
	return config
}

func (b *startBody) labels() map[string]any {
	labels := map[string]any{}
	for key, value := range b.Labels {
		labels[key] = value
	}
	set(labels, platformLabel, b.Platform, b.Platform != "")
	return labels
}

func volumes(paths []string) map[string]any {
	list := map[string]any{}
	for _, path := range paths {
		list[path] = struct{}{}
	}
	return list
}

func set(config map[string]any, key string, value any, wanted bool) {
	if wanted {
		config[key] = value
	}
}
