package project

// invalidValues are values that a key does not take.
var invalidValues = []invalidCase{
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
		title: "neither image nor build", files: one("services:\n  web:\n    command: serve\n"),
		want: []string{
			`docker-compose.yml:2: service "web": has neither "image" nor "build"; say which image to run, or what to build`,
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
		title: "an external volume with a driver", files: one(oneService + "volumes:\n  data:\n    external: true\n    driver: local\n"),
		want: []string{
			`docker-compose.yml:5: volumes.data is external and cannot have "driver"; remove one of the two`,
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
