package project

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

type invalidCase struct {
	title string
	files map[string]string
	opts  Options
	want  []string
}

func web(rest string) string { return "services:\n  web:\n    image: app\n" + rest }

func one(content string) map[string]string { return map[string]string{"docker-compose.yml": content} }

var invalid = []invalidCase{
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
		title: "a port that is no number", files: one(web("    ports:\n      - \"80:80\"\n      - \"abc:80\"\n")),
		want: []string{
			`docker-compose.yml:6: service "web": port "abc:80": invalid hostPort: abc; write "HOST:CONTAINER", each a port from 1 to 65535`,
		},
	},
	{
		title: "a port out of range", files: one(web("    ports: [\"80:99999\"]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": port "80:99999": invalid containerPort: 99999; write "HOST:CONTAINER", each a port from 1 to 65535`,
		},
	},
	{
		title: "an address that is none", files: one(web("    ports: [\"1.2.3.400:80:80\"]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": port "1.2.3.400:80:80": invalid IP address: 1.2.3.400; write "HOST:CONTAINER", each a port from 1 to 65535`,
		},
	},
	{
		title: "ranges of different length", files: one(web("    ports: [\"80-82:80-81\"]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": port "80-82:80-81": invalid ranges specified for container and host Ports: 80-81 and 80-82; write "HOST:CONTAINER", each a port from 1 to 65535`,
		},
	},
	{
		title: "a target that is no number", files: one(web("    ports:\n      - target: abc\n")),
		want: []string{
			`docker-compose.yml:5: service "web": ports.[].target must be a whole number, not "abc"`,
		},
	},
	{
		title: "a port without target", files: one(web("    ports:\n      - published: 80\n")),
		want: []string{
			`docker-compose.yml:5: service "web": a port has no target; add target`,
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
		title: "neither image nor build", files: one("services:\n  web:\n    command: serve\n"),
		want: []string{
			`docker-compose.yml:2: service "web": has neither "image" nor "build"; say which image to run, or what to build`,
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
		title: "a size that is none", files: one(web("    mem_limit: lots\n")),
		want: []string{
			`docker-compose.yml:4: service "web": mem_limit must be a size, not "lots"; write a number with b, k, m or g: 512m`,
		},
	},
	{
		title: "durations that are none", files: one(web("    stop_grace_period: 5 parsecs\n    healthcheck:\n      interval: soon\n      timeout: \"10\"\n")),
		want: []string{
			`docker-compose.yml:4: service "web": stop_grace_period must be a duration, not "5 parsecs"; write a number with ms, s, m or h: 10s`,
			`docker-compose.yml:6: service "web": healthcheck.interval must be a duration, not "soon"; write a number with ms, s, m or h: 10s`,
			`docker-compose.yml:7: service "web": healthcheck.timeout must be a duration, not "10"; write a number with ms, s, m or h: 10s`,
		},
	},
	{
		title: "a duration without unit", files: one(web("    stop_grace_period: 5\n")),
		want: []string{
			`docker-compose.yml:4: service "web": stop_grace_period must be a string; write it in quotes`,
		},
	},
	{
		title: "a health check without CMD", files: one(web("    healthcheck:\n      test: [curl, localhost]\n")),
		want: []string{
			`docker-compose.yml:5: service "web": healthcheck.test starts with "curl"; start it with CMD or CMD-SHELL, or write it as one text`,
		},
	},
	{
		title: "a boolean that is none", files: one(web("    privileged: maybe\n")),
		want: []string{
			`docker-compose.yml:4: service "web": privileged must be true or false, not "maybe"`,
		},
	},
	{
		title: "cpus that are none", files: one(web("    cpus: many\n")),
		want: []string{
			`docker-compose.yml:4: service "web": cpus must be a number, not "many"`,
		},
	},
	{
		title: "a restart policy that is none", files: one(web("    restart: sometimes\n")),
		want: []string{
			`docker-compose.yml:4: service "web": restart is "sometimes"; use no, always, unless-stopped or on-failure[:ATTEMPTS]`,
		},
	},
	{
		title: "two network settings", files: one(web("    network_mode: host\n    networks: [default]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": network_mode and networks exclude each other; remove one of the two`,
		},
	},
	{
		title: "two limits that differ", files: one(web("    cpus: 2\n    deploy:\n      resources:\n        limits:\n          cpus: '1'\n")),
		want: []string{
			`docker-compose.yml:4: service "web": cpus and deploy.resources.limits.cpus differ; remove one of the two`,
		},
	},
	{
		title: "two Dockerfiles", files: one("services:\n  web:\n    build:\n      dockerfile: a\n      dockerfile_inline: FROM scratch\n"),
		want: []string{
			`docker-compose.yml:4: service "web": build.dockerfile and build.dockerfile_inline exclude each other; remove one of the two`,
		},
	},
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
	{
		title: "an environment entry that is none", files: one(web("    environment: [1]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": environment.0 has a value of type int; write NAME=value or NAME: value`,
		},
	},
	{
		title: "a host without address", files: one(web("    extra_hosts: [db]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": extra_hosts has no address for "db"; write "NAME:ADDRESS" or "NAME:host-gateway"`,
		},
	},
	{
		title: "an ulimit that is none", files: one(web("    ulimits:\n      nofile: lots\n")),
		want: []string{
			`docker-compose.yml:5: service "web": ulimits.nofile must be a whole number, not "lots"`,
		},
	},
	{
		title: "a device that is none", files: one(web("    devices: [\":::\"]\n")),
		want: []string{
			`docker-compose.yml:4: service "web": device ":::" is not a mapping; write "HOST:CONTAINER:rwm"`,
		},
	},
	{
		title: "a command with an open quote", files: one(web("    command: \"sh -c 'serve\"\n")),
		want: []string{
			`docker-compose.yml:4: service "web": command is not a command line; close the quotes, or write it as a list`,
		},
	},
	{
		title: "a secret of nothing", files: one(oneService + "secrets:\n  token: {}\n"),
		want: []string{
			`docker-compose.yml:5: secrets.token has neither "file" nor "environment"; add one of the two`,
		},
	},
	{
		title: "an external volume with a driver", files: one(oneService + "volumes:\n  data:\n    external: true\n    driver: local\n"),
		want: []string{
			`docker-compose.yml:5: volumes.data is external and cannot have "driver"; remove one of the two`,
		},
	},
	{
		title: "a service name with a space", files: one("services:\n  we b:\n    image: app\n"),
		want: []string{
			`docker-compose.yml:2: service "we b": "we b" is no name for a service; use letters, digits, ".", "_" and "-"`,
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
		title: "more than one container", files: one(web("    scale: 3\n")),
		want: []string{
			`docker-compose.yml:4: service "web": "scale" is not supported: it asks for other than one container; set it to 1`,
		},
	},
	{
		title: "a fixed name for two", files: one(web("    container_name: shop\n    scale: 2\n")),
		want: []string{
			`docker-compose.yml:4: service "web": container_name and scale exclude each other; remove one of the two`,
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
		title: "a label file that is missing", files: one(web("    label_file: ./labels.txt\n")),
		want: []string{
			`docker-compose.yml:4: service "web": label file labels.txt does not exist; create it, or correct the path`,
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
	{
		title: "a base in a file without services", files: map[string]string{"docker-compose.yml": web("    extends: {file: base.yml, service: base}\n"), "base.yml": "networks: {}\n"},
		want: []string{
			`docker-compose.yml:4: service "web": extends a service of base.yml, which has no services; give a compose file`,
		},
	},
	{
		title: "a folder for a compose file", files: map[string]string{"deploy/a": ""}, opts: Options{Files: []string{"deploy"}},
		want: []string{
			`deploy: the compose file is a folder; give the path of a compose file`,
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
	{
		title: "a name of a volume that is none", files: one(oneService + "volumes:\n  \"da ta\": {}\n"),
		want: []string{
			`docker-compose.yml:5: "da ta" is no name for a volume; use letters, digits, ".", "_" and "-"`,
		},
	},
	{
		title: "a number without size", files: one(web("    mem_limit: -1\n    pids_limit: {}\n")),
		want: []string{
			`docker-compose.yml:5: service "web": pids_limit must be a number or string`,
		},
	},
	{
		title: "a key that is no text", files: one("services:\n  1: {image: app}\n"),
		want: []string{
			`docker-compose.yml:2: service "1": key 1 is not a text; write it in quotes`,
		},
	},
	{
		title: "a service on a platform it is not built for", files: one("services:\n  web:\n    build: {context: ., platforms: [linux/arm64]}\n    platform: linux/amd64\n"),
		want: []string{
			`docker-compose.yml:4: service "web": platform linux/amd64 is none of build.platforms; add it to build.platforms`,
		},
	},
	{
		title: "a command in a wrong type", files: one(web("    command: {a: b}\n")),
		want: []string{
			`docker-compose.yml:4: service "web": command must be a text or a list`,
		},
	},
	{
		title: "a volume without target", files: one(web("    volumes:\n      - type: volume\n        source: a\nvolumes: {a: {}}\n")),
		want: []string{
			`docker-compose.yml:5: service "web": a volume has no target; add target`,
		},
	},
}

func TestLoadSaysWhatIsWrongByFileLineServiceAndKey(t *testing.T) {
	for _, c := range invalid {
		t.Run(c.title, func(t *testing.T) {
			found := problems(t, folder(t, c.files), c.opts)
			assert.Equal(t, c.want, words(found))
			for _, p := range found {
				assert.NotEmpty(t, p.Code)
			}
		})
	}
}
