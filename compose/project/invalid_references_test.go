package project

// invalidReferences name what is not declared, or cannot be had.
var invalidReferences = []invalidCase{
	{
		title: "a dependency nobody declares", files: one(web("    depends_on: [bd]\n  db:\n    image: db\n")),
		want: []string{
			`docker-compose.yml:4: service "web": depends on service "bd", which is not declared; declare it under the top-level "services", which has db, web`,
		},
	},
	{
		title: "a dependency that is disabled", files: one(web("    depends_on: [db]\n  db:\n    image: db\n    profiles: [data]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": depends on service "db", which no active profile enables; enable it with --profile data, or say required: false`,
		},
	},
	{
		title: "an unknown condition", files: one(web("    depends_on:\n      db:\n        condition: healthy\n  db:\n    image: db\n")),
		want: []string{
			`docker-compose.yml:6: service "web": depends_on.db.condition must be one of 'service_started', 'service_healthy', 'service_completed_successfully'`,
		},
	},
	{
		title: "a circle of dependencies", files: one(web("    depends_on: [db]\n  db:\n    image: db\n    depends_on: [web]\n")),
		want: []string{
			`docker-compose.yml:7: service "db": depends_on goes in a circle: db → web → db; remove one of these dependencies`,
		},
	},
	{
		title: "a network nobody declares", files: one(web("    networks:\n      - fornt\nnetworks:\n  front: {}\n")),
		want: []string{
			`docker-compose.yml:5: service "web": network "fornt" is not declared; did you mean "front"?`,
		},
	},
	{
		title: "a volume nobody declares", files: one(web("    volumes:\n      - ./a:/a\n      - data:/data\n")),
		want: []string{
			`docker-compose.yml:6: service "web": volume "data" is not declared; declare it under the top-level "volumes"`,
		},
	},
	{
		title: "a secret nobody declares", files: one(web("    secrets: [token]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": secret "token" is not declared; declare it under the top-level "secrets"`,
		},
	},
	{
		title: "a config nobody declares", files: one(web("    configs:\n      - source: conf\n        target: /c\n")),
		want: []string{
			`docker-compose.yml:5: service "web": config "conf" is not declared; declare it under the top-level "configs"`,
		},
	},
	{
		title: "a secret of nothing", files: one(oneService + "secrets:\n  token: {}\n"),
		want: []string{
			`docker-compose.yml:5: secrets.token has neither "file" nor "environment"; add one of the two`,
		},
	},
	{
		title: "build secrets", files: map[string]string{"docker-compose.yml": "services:\n  web:\n    build:\n      context: .\n      secrets:\n        - npm\nsecrets:\n  npm:\n    file: npm\n", "npm": ""},
		want: []string{
			`docker-compose.yml:5: service "web": "build.secrets" is not supported: it needs a build session; build the image with docker build and name it under image`,
		},
	},
	{
		title: "a secret of the environment", files: one(web("    secrets: [token]\nsecrets:\n  token:\n    environment: TOKEN\n")),
		want: []string{
			`docker-compose.yml:7: "secrets.token.environment" is not supported: it is not read from a file; write it to a file and use file`,
		},
	},
	{
		title: "a build secret nobody declares", files: one("services:\n  web:\n    build:\n      context: .\n      secrets: [npm]\n"),
		want: []string{
			`docker-compose.yml:5: service "web": build secret "npm" is not declared; declare it under the top-level "secrets"`,
		},
	},
	{
		title: "the network of a service nobody declares", files: one(web("    network_mode: service:bd\n  dbs: {image: db}\n")),
		want: []string{
			`docker-compose.yml:4: service "web": depends on service "bd", which is not declared; declare it under the top-level "services", which has dbs, web`,
		},
	},
}
