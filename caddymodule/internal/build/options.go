package build

import (
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// handlerOutput is where a handler's bundle goes; only development bundles
// hold it.
const handlerOutput = "dist/handler.js"

// loaders are the files that sources may import beside code: they become
// files of their own, and the import gives their address.
var loaders = map[string]api.Loader{
	".svg": api.LoaderFile, ".png": api.LoaderFile, ".jpg": api.LoaderFile, ".jpeg": api.LoaderFile,
	".webp": api.LoaderFile, ".gif": api.LoaderFile, ".ico": api.LoaderFile, ".avif": api.LoaderFile,
	".woff": api.LoaderFile, ".woff2": api.LoaderFile, ".ttf": api.LoaderFile, ".otf": api.LoaderFile,
}

// common are the options of everything that is made: nothing is written or
// printed, and the code is the development form of its libraries.
func common(dir string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir: dir,
		Bundle:        true,
		Write:         false,
		Metafile:      true,
		LogLevel:      api.LogLevelSilent,
		Color:         api.ColorNever,
		Define:        map[string]string{"process.env.NODE_ENV": `"development"`},
		Loader:        loaders,
		// Outputs carry the names of sources, and nothing is written.
		AllowOverwrite: true,
	}
}

// uiOptions make scripts and stylesheets of pages. Modules share chunks;
// classic scripts cannot import any, so each is complete.
func uiOptions(dir string, entries []entry, classic bool) api.BuildOptions {
	o := common(dir)
	o.Outdir = filepath.Join(dir, uiFolder)
	o.Platform = api.PlatformBrowser
	o.Target = api.ES2022
	o.JSX = api.JSXAutomatic // a tsconfig.json that says otherwise wins
	o.Sourcemap = api.SourceMapLinked
	o.ChunkNames, o.AssetNames = "chunks/[name]-[hash]", "assets/[name]-[hash]"
	o.Format, o.Splitting = api.FormatESModule, true
	if classic {
		o.Format, o.Splitting = api.FormatIIFE, false
	}
	for _, e := range entries {
		if e.classic == classic {
			o.EntryPointsAdvanced = append(o.EntryPointsAdvanced, api.EntryPoint{
				InputPath: "./" + e.file, OutputPath: e.output[len(uiFolder)+1:],
			})
		}
	}
	return o
}

// handlerOptions make one module of a handler. The platform is the one that
// `esbuild --bundle` assumes, so that the code is what a developer's own
// command makes; what the runner offers stays an import.
func handlerOptions(dir, entry string) api.BuildOptions {
	o := common(dir)
	o.EntryPoints = []string{"./" + entry}
	o.Outfile = filepath.Join(dir, filepath.FromSlash(handlerOutput))
	o.Platform = api.PlatformBrowser
	o.Target = api.ES2022
	o.Format = api.FormatESModule
	o.External = []string{"alga:*", "wasi:*"}
	o.Sourcemap = api.SourceMapExternal
	return o
}
