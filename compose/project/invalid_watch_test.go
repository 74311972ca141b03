package project

// invalidWatch are of develop.watch.
var invalidWatch = []invalidCase{
	{
		title: "a watch action that is none", files: one(web("    develop:\n      watch:\n        - action: snyc\n          path: .\n")),
		want: []string{
			`docker-compose.yml:6: service "web": develop.watch.0.action must be one of 'rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec'`,
		},
	},
	{
		title: "a watch without path", files: one(web("    develop:\n      watch:\n        - action: rebuild\n")),
		want: []string{
			`docker-compose.yml:6: service "web": develop.watch.0 lacks 'path'`,
		},
	},
	{
		title: "a watch without target", files: one(web("    develop:\n      watch:\n        - action: sync\n          path: .\n")),
		want: []string{
			`docker-compose.yml:5: service "web": develop.watch has an entry without target; add target, or use action: rebuild`,
		},
	},
	{
		title: "a watch that rebuilds nothing", files: one(web("    develop:\n      watch:\n        - action: rebuild\n          path: .\n")),
		want: []string{
			`docker-compose.yml:6: service "web": there is nothing to rebuild; add build to the service, or use action: restart`,
		},
	},
	{
		title: "a watch outside of the build context",
		files: map[string]string{
			"docker-compose.yml": "services:\n  web:\n    build: ./app\n    develop:\n      watch:\n        - {action: rebuild, path: ./app}\n        - action: rebuild\n          path: ./lib\n        - {action: rebuild, path: .}\n",
			"app/Dockerfile":     "FROM scratch\n", "lib/x": "",
		},
		want: []string{
			`docker-compose.yml:8: service "web": lib is outside of the build context app: a rebuild would not see it; choose a wider context, or remove the entry`,
		},
	},
	{
		title: "a watch with a relative target", files: one(web("    develop:\n      watch:\n        - action: sync\n          path: .\n          target: src\n")),
		want: []string{
			`docker-compose.yml:8: service "web": target "src" is not absolute; write the path in the container, from / on`,
		},
	},
	{
		title: "a watch without its command", files: one(web("    develop:\n      watch:\n        - {action: sync+exec, path: ., target: /src}\n")),
		want: []string{
			`docker-compose.yml:6: service "web": action sync+exec has no command; add exec: {command: …}, or use action: sync`,
		},
	},
	{
		title: "a watch with a broken pattern", files: one(web("    develop:\n      watch:\n        - {action: restart, path: ., ignore: [\"a[\"]}\n")),
		want: []string{
			`docker-compose.yml:6: service "web": ignore: syntax error in pattern; write patterns as in a .dockerignore`,
		},
	},
}
