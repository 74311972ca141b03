// routes.go contains what the API consists of.

package dockerrunner

import "net/http"

// Limits of bodies, in bytes.
const (
	bodyLimit    = 1 << 20
	archiveLimit = 64 << 20
)

func (s *Service) routes() map[string]endpoint {
	const get, post = http.MethodGet, http.MethodPost
	of := func(status int, code string) fallback {
		return fallback{status: status, code: code, missing: codeNoSuchContainer}
	}
	// What these two lack can usually be had a moment later: a registry is remote.
	pulling := func(code string) fallback {
		return fallback{status: http.StatusInternalServerError, code: code, missing: codeNoSuchImage, retry: true}
	}
	volume := fallback{status: http.StatusInternalServerError, code: codeVolumeRemoveFailed, missing: codeNoSuchVolume}
	resize := fallback{status: http.StatusNotFound, code: codeResizeFailed, missing: codeNoSuchExec}
	dial := fallback{status: http.StatusBadGateway, code: codeDialFailed, missing: codeNoSuchContainer}
	return map[string]endpoint{
		"/v1/health": {method: get, serve: s.health, open: true},
		"/v1/ready":  {method: get, serve: s.ready, open: true},

		"/v1/images/ensure":           {method: post, serve: s.ensureImage, fallback: pulling(codeImageEnsureFailed)},
		"/v1/containers/start":        {method: post, serve: s.start, fallback: pulling(codeStartFailed)},
		"/v1/containers/stop":         {method: post, serve: s.stop, fallback: of(500, codeStopFailed)},
		"/v1/containers/remove":       {method: post, serve: s.remove, fallback: of(500, codeRemoveFailed)},
		"/v1/containers/inspect":      {method: get, serve: s.inspect, fallback: of(404, codeInspectFailed)},
		"/v1/containers/labels":       {method: get, serve: s.labels, fallback: of(404, codeLabelsFailed)},
		"/v1/containers/networks":     {method: get, serve: s.networks, fallback: of(404, codeNetworksFailed)},
		"/v1/containers/findByLabels": {method: post, serve: s.findByLabels, fallback: of(500, codeFindFailed)},
		"/v1/containers/listByVolume": {method: get, serve: s.listByVolume, fallback: of(500, codeListVolumeFailed)},
		"/v1/containers/touch":        {method: post, serve: s.touch, fallback: of(500, codeTouchFailed)},
		"/v1/containers/putArchive":   {method: post, serve: s.putArchive, fallback: of(500, codePutArchiveFailed), limit: archiveLimit},
		"/v1/containers/logs/sse":     {method: get, serve: s.logs, fallback: of(500, codeLogsFailed)},
		"/v1/events/sse":              {method: get, serve: s.events, fallback: of(500, codeEventsFailed)},
		"/v1/volumes/remove":          {method: post, serve: s.removeVolume, fallback: volume},
		"/v1/exec/run":                {method: post, serve: s.execRun, fallback: of(500, codeExecFailed)},
		"/v1/exec/resize":             {method: post, serve: s.resize, fallback: resize},
		"/v1/engine":                  {method: get, serve: s.stream(s.dialEngine), fallback: fallback{status: http.StatusServiceUnavailable, code: codeDockerUnavailable}},
		"/v1/containers/dial":         {method: get, serve: s.stream(s.dialContainer), fallback: dial},
		"/v1/listen":                  {method: get, serve: s.stream(s.listen), fallback: of(500, codeListenFailed)},
		interactivePath:               {method: get, serve: s.interactive, fallback: of(500, codeExecFailed)},
	}
}
