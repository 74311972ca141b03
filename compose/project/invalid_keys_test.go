package project

// invalidKeys are keys that no compose file has, or that are refused.
var invalidKeys = []invalidCase{
	{
		title: "a misspelt key", files: one("services:\n  web:\n    imge: app\n"),
		want: []string{
			`docker-compose.yml:3: service "web": unknown key "imge"; did you mean "image"?`,
		},
	},
	{
		title: "two misspelt keys at once", files: one("services:\n  web:\n    imge: app\n    prots: []\n"),
		want: []string{
			`docker-compose.yml:3: service "web": unknown key "imge"; did you mean "image"?`,
			`docker-compose.yml:4: service "web": unknown key "prots"; did you mean "ports"?`,
		},
	},
	{
		title: "a misspelt key in build", files: one("services:\n  web:\n    build:\n      contxt: .\n"),
		want: []string{
			`docker-compose.yml:4: service "web": unknown key "contxt" in "build"; did you mean "context"?`,
		},
	},
	{
		title: "a misspelt top-level key", files: one("service:\n  web:\n    image: app\n"),
		want: []string{
			`docker-compose.yml:1: unknown key "service"; did you mean "services"?`,
		},
	},
	{
		title: "a key of nothing known", files: one(web("    frobnicate: yes\n")),
		want: []string{
			`docker-compose.yml:4: service "web": unknown key "frobnicate"; remove it, or prefix it with "x-" if it is meant for another tool`,
		},
	},
	{
		title: "a misspelt key of our extension", files: one(web("    x-devproxy:\n      helth: /up\n")),
		want: []string{
			`docker-compose.yml:5: service "web": unknown key "helth" in "x-devproxy"; did you mean "health"?`,
		},
	},
	{
		title: "keys that are refused", files: one(web("    links: [db]\n    volumes_from: [db]\n    gpus: all\n    ipc: service:db\n  db:\n    image: db\n")),
		want: []string{
			`docker-compose.yml:4: service "web": "links" is not supported: it predates networks; reach the service by its name, or by networks.NAME.aliases`,
			`docker-compose.yml:5: service "web": "volumes_from" is not supported: it takes the mounts of a container that is replaced while running; mount the same named volumes in both`,
			`docker-compose.yml:6: service "web": "gpus" is not supported: it asks for devices that devproxy does not reserve; use devices`,
			`docker-compose.yml:7: service "web": "ipc" is not supported: it shares the namespace of a service that is replaced while running`,
		},
	},
}
