// dockerrunner.go contains what the docker-runner API answers.

package codes

var engineRefusals = Table{
	Heading: "The docker-runner API",
	Intro:   "[Its](docker-runner.md) errors are `{\"error\":{\"code\",\"message\",\"retryable\"}}`. What the engine refuses keeps the engine's status and words:",
	At:      "status",
	What:    "what happened",
	Codes: []Code{
		{"no_such_container, no_such_image, no_such_volume, no_such_exec", "404", "The engine has none of that name.", ""},
		{"bad_parameter", "400", "The engine does not take what was asked for.", ""},
		{"permission_denied", "403", "The engine does not allow it.", ""},
		{"conflict", "409", "What it is about is in another state, or in use.", ""},
		{"server_error", "500", "The engine could not do it; its own words are shown.", ""},
	},
}

var steps = Table{
	Intro: "Where the engine gave no status, or one that has no name above, the code says what did not succeed:",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"docker_unavailable", "503", "`/v1/ready`, `/v1/engine`: no engine answers.", ""},
		{"dial_failed", "502", "Nobody listens on that port of the container.", ""},
		{"listen_failed", "500", "The service could not listen where containers reach it.", ""},
		{"image_ensure_failed, start_failed", "500", "An image was not to be had, or a container not to be started.", ""},
		{"stop_failed, remove_failed, find_failed, list_volume_failed, volume_remove_failed, touch_failed, put_archive_failed, logs_failed, events_failed", "500", "That did not succeed.", ""},
		{"exec_failed", "500", "The command could not be run, or ran out of time.", ""},
		{"inspect_failed, labels_failed, networks_failed, resize_failed", "404", "That did not succeed; retryable where the engine did not answer at all.", ""},
	},
}

var service = Table{
	Intro: "What the service refuses itself:",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"missing_headers", "401", "`x-dr-timestamp`, `x-dr-nonce` or `x-dr-signature` is missing.", ""},
		{"invalid_timestamp", "401", "The time is no number of milliseconds.", ""},
		{"timestamp_out_of_range", "401", "The clocks are more than a minute apart; or the request waited that long for other uploads, then it is retryable; or the service's own clock was set back, and the request is not after those that it has forgotten.", "Set the clocks, sign it anew, or start the service anew."},
		{"replayed_nonce", "401", "The nonce was used before.", "Sign each attempt anew."},
		{"invalid_signature", "401", "The signature is not that of this request, or the secret another one.", ""},
		{"nonce_store_full", "503", "There were 100 000 requests within some four minutes.", ""},
		{"validation_error", "400", "A field or parameter is missing, of the wrong kind, or unknown.", ""},
		{"malformed_json", "400", "The body is no JSON in UTF-8, breaks off, or is nested deeper than 100.", ""},
		{"body_too_large", "413", "It is larger than 1 MiB, or than 64 MiB for an archive.", ""},
		{"route_not_found", "404", "The API has no such path.", ""},
		{"upgrade_required", "426", "The path speaks WebSocket, or bytes, only.", ""},
		{"streams_disabled", "403", "`DOCKER_RUNNER_STREAMS`, or `streams` in the Caddyfile, is off.", ""},
		{"address_in_use", "409", "The port to listen on is another program's.", ""},
	},
}

var client = Table{
	Intro: "What our client calls it when no answer of the API came:",
	What:  "what happened",
	Codes: []Code{
		{"runner_request_timeout, runner_connection_timeout", "", "There was no answer, or no connection, in time.", ""},
		{"runner_connection_refused, runner_connection_reset, runner_host_unreachable, runner_network_error", "", "Nobody listens, the connection broke, there is no way, or anything else of the network.", ""},
		{"runner_ws_error", "", "A session was refused, or ended, without a reason of the API.", ""},
		{"runner_error_response", "", "The answer is none of the API.", ""},
		{"runner_stream_error", "", "A stream ended with an error.", ""},
	},
}
