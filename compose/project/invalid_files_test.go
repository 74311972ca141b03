package project

// invalidFiles are files that cannot be used, and what names them.
var invalidFiles = []invalidCase{
	{
		title: "a list for a file", files: one("- web\n"),
		want: []string{
			`docker-compose.yml: no compose file: its top level is not a mapping with services; start it with "services:"`,
		},
	},
	{
		title: "an empty file", files: one(""),
		want: []string{
			`docker-compose.yml: no compose file: its top level is not a mapping with services; start it with "services:"`,
		},
	},
	{
		title: "a secret file that is missing", files: one(web("    secrets: [token]\nsecrets:\n  token:\n    file: ./token.txt\n")),
		want: []string{
			`docker-compose.yml:7: file token.txt of secret "token", which service "web" uses, does not exist; create it, or correct the path`,
		},
	},
	{
		title: "an env file that is missing", files: one(web("    env_file: web.env\n")),
		want: []string{
			`docker-compose.yml:4: service "web": env file web.env does not exist; create it, or say required: false`,
		},
	},
	{
		title: "an env file that is missing with its example", files: map[string]string{"docker-compose.yml": web("    env_file: .env.runner\n"), ".env.runner.example": "A=b\n"},
		want: []string{
			`docker-compose.yml:4: service "web": env file .env.runner does not exist; run: cp .env.runner.example .env.runner`,
		},
	},
	{
		title: "an env file that is not one", files: map[string]string{"docker-compose.yml": web("    env_file: web.env\n"), "web.env": "A=b\nnot a variable\n"},
		want: []string{
			`web.env:2: key cannot contain a space; write NAME=value, one to a line`,
		},
	},
	{
		title: "a .env that is not one", files: map[string]string{"docker-compose.yml": oneService, ".env": "A=b\nnot a variable\n"},
		want: []string{
			`.env:2: key cannot contain a space; write NAME=value, one to a line`,
		},
	},
	{
		title: "an --env-file that is missing", files: one(oneService), opts: Options{EnvFiles: []string{"no.env"}},
		want: []string{
			`env file no.env does not exist; create it, or leave out --env-file`,
		},
	},
	{
		title: "a file that is missing", opts: Options{Files: []string{"compose.prod.yml"}},
		want: []string{
			`compose.prod.yml: the compose file does not exist; give the path of a compose file`,
		},
	},
	{
		title: "a file that COMPOSE_FILE names and is missing", opts: Options{Environ: []string{"COMPOSE_FILE=a.yml"}},
		want: []string{
			`a.yml: the compose file (from COMPOSE_FILE) does not exist; give the path of a compose file`,
		},
	},
	{
		title: "a project name that is none", files: one(oneService), opts: Options{Name: "My Shop"},
		want: []string{
			`project name "My Shop" (from -p) is not valid; use lower-case letters, digits, "-" and "_", a letter or digit first`,
		},
	},
	{
		title: "a project name of the environment that is none", files: one(oneService), opts: Options{Environ: []string{"COMPOSE_PROJECT_NAME=My Shop"}},
		want: []string{
			`project name "My Shop" (from COMPOSE_PROJECT_NAME) is not valid; use lower-case letters, digits, "-" and "_", a letter or digit first`,
		},
	},
	{
		title: "a label file that is missing", files: one(web("    label_file: ./labels.txt\n")),
		want: []string{
			`docker-compose.yml:4: service "web": label file labels.txt does not exist; create it, or correct the path`,
		},
	},
	{
		title: "a folder for a compose file", files: map[string]string{"deploy/a": ""}, opts: Options{Files: []string{"deploy"}},
		want: []string{
			`deploy: the compose file is a folder; give the path of a compose file`,
		},
	},
}
