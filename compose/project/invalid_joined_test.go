package project

// invalidJoined are of files that include, extend or override one another.
var invalidJoined = []invalidCase{
	{
		title: "a base nobody declares", files: one(web("    extends: {service: bsae}\n  base:\n    image: b\n")),
		want: []string{
			`docker-compose.yml:4: service "web": extends service "bsae", which is not declared; did you mean "base"?`,
		},
	},
	{
		title: "a base that its file lacks", files: map[string]string{"docker-compose.yml": web("    extends: {file: base.yml, service: base}\n"), "base.yml": oneService},
		want: []string{
			`docker-compose.yml:4: service "web": extends service "base", which base.yml does not declare; correct the name or the file`,
		},
	},
	{
		title: "an extended file that is missing", files: one(web("    extends:\n      file: base.yml\n      service: base\n")),
		want: []string{
			`docker-compose.yml:5: service "web": file base.yml, which it extends, does not exist; correct the path`,
		},
	},
	{
		title: "a circle of extends", files: one("services:\n  web:\n    extends: {service: base}\n  base:\n    extends: web\n"),
		want: []string{
			`docker-compose.yml:5: service "base": extends goes in a circle: base → web → base; let one of them stand alone`,
		},
	},
	{
		title: "an included file that is missing", files: one("include:\n  - db.yml\n" + oneService),
		want: []string{
			`docker-compose.yml:2: included file db.yml does not exist; correct the path`,
		},
	},
	{
		title: "a circle of includes", files: map[string]string{"docker-compose.yml": "include: [a.yml]\n" + oneService, "a.yml": "include: [b.yml]\nservices: {}\n", "b.yml": "include: [a.yml]\nservices: {}\n"},
		want: []string{
			`docker-compose.yml:1: include goes in a circle: docker-compose.yml → a.yml → b.yml → a.yml; let one of them include nothing`,
		},
	},
	{
		title: "a misspelt key in an included file", files: map[string]string{"docker-compose.yml": "include: [db/compose.yml]\n" + oneService, "db/compose.yml": "services:\n  db:\n    image: db\n    comand: serve\n"},
		want: []string{
			`db/compose.yml:4: service "db": unknown key "comand"; did you mean "command"?`,
		},
	},
	{
		title: "a misspelt key in an extended file", files: map[string]string{"docker-compose.yml": web("    extends: {file: base/b.yml, service: base}\n"), "base/b.yml": "services:\n  other:\n    nonsense: true\n  base:\n    enviroment: {A: b}\n"},
		want: []string{
			`base/b.yml:5: service "base": unknown key "enviroment"; did you mean "environment"?`,
		},
	},
	{
		title: "a wrong value in an override file", files: map[string]string{"docker-compose.yml": oneService, "docker-compose.override.yml": "services:\n  web:\n    mem_limit: lots\n"},
		want: []string{
			`docker-compose.override.yml:3: service "web": mem_limit must be a size, not "lots"; write a number with b, k, m or g: 512m`,
		},
	},
	{
		title: "a wrong value in what is extended", files: map[string]string{"docker-compose.yml": web("    extends: {file: base.yml, service: base}\n"), "base.yml": "services:\n  base:\n    shm_size: big\n"},
		want: []string{
			`base.yml:3: service "web": shm_size must be a size, not "big"; write a number with b, k, m or g: 512m`,
		},
	},
	{
		title: "a wrong value behind an anchor", files: one("x-base: &base\n  mem_limit: lots\nservices:\n  web:\n    <<: *base\n    image: app\n"),
		want: []string{
			`docker-compose.yml:2: service "web": mem_limit must be a size, not "lots"; write a number with b, k, m or g: 512m`,
		},
	},
	{
		title: "an env file of an include that is missing", files: map[string]string{"docker-compose.yml": "include:\n  - path: db.yml\n    env_file: ./db.env\n" + oneService, "db.yml": "services:\n  db: {image: db}\n"},
		want: []string{
			`docker-compose.yml:3: env file db.env does not exist; create it, or correct the path`,
		},
	},
	{
		title: "an env file by absolute path of an include that is missing", files: map[string]string{"docker-compose.yml": "include:\n  - path: db.yml\n    env_file: /nowhere/db.env\n" + oneService, "db.yml": "services:\n  db: {image: db}\n"},
		want: []string{
			`docker-compose.yml:3: env file /nowhere/db.env does not exist; create it, or correct the path`,
		},
	},
	{
		title: "a base in a file without services", files: map[string]string{"docker-compose.yml": web("    extends: {file: base.yml, service: base}\n"), "base.yml": "networks: {}\n"},
		want: []string{
			`docker-compose.yml:4: service "web": extends a service of base.yml, which has no services; give a compose file`,
		},
	},
	{
		title: "an included folder", files: map[string]string{"docker-compose.yml": "include: [db]\n" + oneService, "db/a": ""},
		want: []string{
			`docker-compose.yml:1: included file db is a folder; correct the path`,
		},
	},
	{
		title: "extends without service", files: one(web("    extends: {file: base.yml}\n")),
		want: []string{
			`docker-compose.yml:4: service "web": extends does not say which service; add service`,
		},
	},
	{
		title: "include that is no list", files: one("include: db.yml\n" + oneService),
		want: []string{
			`docker-compose.yml:1: include must be a list; write each file as "- FILE"`,
		},
	},
}
