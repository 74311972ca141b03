package project

// invalidSyntax are of the form: YAML, variables, and a list where a text belongs.
var invalidSyntax = []invalidCase{
	{
		title: "a text where a list belongs", files: one(web("    ports: 8080\n")),
		want: []string{
			`docker-compose.yml:4: service "web": ports must be a list; write each entry as "- value"`,
		},
	},
	{
		title: "a list where a text belongs", files: one("services:\n  web:\n    image: [app]\n"),
		want: []string{
			`docker-compose.yml:3: service "web": image must be a string`,
		},
	},
	{
		title: "required variables without a value", files: one("services:\n  web:\n    image: ${TAG:?set TAG to a release}\n    hostname: ${HN?}\n    dns:\n      - ${D:?}\n"),
		want: []string{
			`docker-compose.yml:3: service "web": variable TAG has no value (set TAG to a release); set TAG in the environment, in .env.runner or in .env`,
			`docker-compose.yml:4: service "web": variable HN has no value; set HN in the environment, in .env.runner or in .env`,
			`docker-compose.yml:6: service "web": variable D has no value; set D in the environment, in .env.runner or in .env`,
		},
	},
	{
		title: "an open brace", files: one("services:\n  web:\n    image: ${TAG\n"),
		want: []string{
			`docker-compose.yml:3: service "web": a variable cannot be replaced in "${TAG"; write ${NAME}, or $$ for a dollar sign`,
		},
	},
	{
		title: "a number by variable that is none", files: one(web("    healthcheck:\n      retries: ${R}\n")), opts: Options{Environ: []string{"R=many"}},
		want: []string{
			`docker-compose.yml:5: service "web": healthcheck.retries must be a whole number, not "many"`,
		},
	},
	{
		title: "a service that is a text", files: one("services:\n  web: app\n"),
		want: []string{
			`docker-compose.yml:2: service "web": a service must be a mapping`,
		},
	},
	{
		title: "services as a list", files: one("services: [web]\n"),
		want: []string{
			`docker-compose.yml:1: services must be a mapping`,
		},
	},
	{
		title: "a wrong indentation", files: one("services:\n  web:\n    image: app\n   command: serve\n"),
		want: []string{
			`docker-compose.yml:3: not valid YAML: did not find expected key; compare the indentation with the lines above`,
		},
	},
	{
		title: "a key twice", files: one("services:\n  web:\n    image: app\n    image: other\n"),
		want: []string{
			`docker-compose.yml:4: key "image" stands already in line 3; remove one of the two`,
		},
	},
	{
		title: "a tab", files: one("services:\n  web:\n    image: app\n\tcommand: serve\n"),
		want: []string{
			`docker-compose.yml:4: not valid YAML: found a tab character that violates indentation; indent with spaces`,
		},
	},
	{
		title: "an anchor nobody defines", files: one("services:\n  web:\n    image: *app\n"),
		want: []string{
			`docker-compose.yml:3: not valid YAML: unknown anchor 'app' referenced; define it with & above its use`,
		},
	},
	{
		title: "a service name with a space", files: one("services:\n  we b:\n    image: app\n"),
		want: []string{
			`docker-compose.yml:2: service "we b": "we b" is no name for a service; use letters, digits, ".", "_" and "-"`,
		},
	},
	{
		title: "a key that is no text", files: one("services:\n  1: {image: app}\n"),
		want: []string{
			`docker-compose.yml:2: service "1": key 1 is not a text; write it in quotes`,
		},
	},
}
