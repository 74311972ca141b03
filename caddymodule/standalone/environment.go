package standalone

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// Read reads the settings from variables, of which getenv gives the values. The
// error joins a *[VariableError] for each that is wrong.
func Read(getenv func(string) string) (Settings, error) {
	v := &variables{getenv: getenv}
	s := Settings{
		Host:                  cmp.Or(v.text("HOST"), defaultHost),
		Port:                  v.port("PORT", defaultPort),
		ServiceToken:          v.header("RUNNER_SERVICE_TOKEN"),
		StateDir:              cmp.Or(v.folder("RUNNER_STATE_DIR"), defaultState),
		ExtensionsDir:         v.extensions("RUNNER_EXTENSIONS_DIR"),
		BundleStore:           v.url("BUNDLE_STORE_BASE"),
		BundleStoreKey:        v.header("ALGA_AUTH_KEY"),
		CacheDir:              v.folder("EXT_CACHE_ROOT"),
		MaxCacheBytes:         v.bytes("EXT_CACHE_MAX_BYTES"),
		MaxAssetBytes:         v.bytes("EXT_STATIC_MAX_FILE_BYTES"),
		ContentSecurityPolicy: v.header("EXT_UI_CONTENT_SECURITY_POLICY"),
		FrameAncestors:        v.header("EXT_UI_FRAME_ANCESTORS"),
		Egress:                v.egress("EXT_EGRESS_ALLOWLIST"),
		UIProxyBase:           v.url("UI_PROXY_BASE_URL"),
		Grace:                 defaultGrace,
	}
	s.CacheDir = cmp.Or(s.CacheDir, filepath.Join(s.StateDir, "bundles"))
	return s, errors.Join(v.problems...)
}

// extensions is a folder that must be there if somebody asked for it.
func (v *variables) extensions(name string) string {
	dir := v.folder(name)
	info, err := os.Stat(cmp.Or(dir, defaultExtensions))
	switch {
	case err == nil && info.IsDir():
		return cmp.Or(dir, defaultExtensions)
	case dir == "" && errors.Is(err, fs.ErrNotExist):
		return ""
	case err == nil:
		v.wrong(name, "%s is not a folder; name the one that holds the extensions' folders", cmp.Or(dir, defaultExtensions))
	default:
		v.wrong(name, "%w; name the folder that holds the extensions' folders", err)
	}
	return ""
}

func (v *variables) egress(name string) []string {
	allowed := v.list(name)
	if err := host.CheckEgress(allowed); err != nil {
		v.wrong(name, "%w", err)
	}
	return allowed
}

// foreign are variables that runners of the platform read and this one does
// not: it has nothing to ask them for. REGISTRY_BASE_URL is not among them: the
// content hash that a request names is all that this runner goes by.
var foreign = []string{
	"ALGA_AUTH_KEY_FILE", "ALGA_VAULT_ADDR", "ALGA_VAULT_TOKEN_FILE",
	"EXT_STATIC_STRICT_VALIDATION", "MINIO_ACCESS_KEY", "RUNNER_DEBUG_REDIS_URL",
	"RUNNER_STORAGE_API_TOKEN", "S3_ACCESS_KEY", "STORAGE_API_BASE_URL", "VAULT_ADDR",
}

// Ignored names the variables that are set and that only other runners read.
func Ignored(getenv func(string) string) []string {
	return slices.DeleteFunc(slices.Clone(foreign), func(name string) bool { return getenv(name) == "" })
}
