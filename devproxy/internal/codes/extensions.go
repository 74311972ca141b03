// extensions.go contains what is wrong with an extension, or with how it is built.

package codes

var manifest = Table{
	Heading: "Extensions",
	At:      "where",
	What:    "what happened",
	Codes: []Code{
		{"manifest_invalid", "`/__runner/extensions`, `status`", "`manifest.json` is missing or wrong; file, line and field are named. The last good one goes on serving.", ""},
	},
}

var builds = Table{
	Intro: "What keeps a save from being shown stands over the page, in the log and in `devproxy status`; the last good build goes on:",
	What:  "what happened, and what to do",
	Codes: []Code{
		{"build_failed", "", "A build ended with an error; file, line and the command's output are shown.", ""},
		{"build_no_tool", "", "The build's program is not installed.", "Install it, or correct the command."},
		{"build_settings", "", "`package.json` cannot be read.", "Correct it, or write `build off` into the extension's block."},
		{"build_loops", "", "Each build changes a file that it is built from.", "Name it with `outputs`."},
		{"build_timeout", "", "A build in a container was killed after its time.", "Raise `timeout` in the block of `build_container`."},
		{"build_secret_missing", "", "A variable that `secret` in the block of `build_container` names is not set where devproxy was started.", "Set it, and start devproxy again."},
		{"build_output_missing", "", "A build in a container ended well and left nothing in the folders of `output`.", ""},
		{"build_output_refused", "", "What a build in a container made cannot be taken over: links, devices, more than 1 GiB, or a name of `output` that is no folder of the extension.", ""},
		{"slot_wait_timeout", "", "Three builds in containers ran for 5 minutes while another one waited.", ""},
		{"job_data_too_large", "", "A worker's data is larger than a variable may be.", ""},
		{"entry_missing, asset_missing", "", "The handler's source, or a file that a page names, is not there.", ""},
		{"manifest_missing", "", "There is no `manifest.json` to publish.", ""},
		{"publish_failed", "", "The build could not be written down: the disk is full, or the state folder read-only. A save still shows, unless a file of it is larger than 1 MiB; what is not written down is gone with the process.", "Free space, then save again."},
		{"bundle_too_large", "", "Runners refuse bundles above 256 MiB.", ""},
		{"handler_unsupported", "", "`dist/main.wasm` is nothing that a runner executes.", ""},
		{"handler_failed", "", "The handler cannot be loaded: its top level threw, did not end, or does not parse.", ""},
		{"memory_low", "", "The handler was not compiled, since the process would not have survived that: the message says what bounds its memory, what is left and what is needed. The last good build goes on.", ""},
		{"handler_trapped", "", "The handler ended without an answer; the message says why, and where.", ""},
		{"watch_limit", "", "The system allows no more watches, so the folder is polled.", "Raise the setting that is named."},
		{"watch_network", "", "The system or its file system tells nothing of changes, so the folder is polled.", ""},
		{"watch_unreadable, watch_unreachable, watch_rules", "", "A folder, or a file of ignore rules, cannot be read; the rest is watched.", ""},
	},
}

var warnings = Table{
	Intro: "Warnings of a build name what works here and not in production:",
	What:  "what production does",
	Codes: []Code{
		{"asset_type_refused, asset_path_refused", "", "It refuses the file for its kind or its name.", ""},
		{"asset_name_clash", "", "Two names differ in case only.", ""},
		{"ui_index_missing", "", "It needs `ui/index.html`.", ""},
		{"manifest_field_unknown", "", "It passes over the field. The warning names the one that was meant.", ""},
		{"capability_undeclared", "", "It refuses a call whose capability is not in the manifest.", ""},
		{"clock_frozen, random_repeats", "", "The time is that of the build, and every request draws the same numbers.", ""},
		{"timers_missing, fetch_missing", "", "`setTimeout`, `setInterval` and the global `fetch` end the handler.", ""},
		{"console_dropped", "", "Nobody sees what `console` prints.", ""},
		{"node_module, node_global", "", "Node's modules, `process` and `Buffer` are not there; here neither.", ""},
	},
}
