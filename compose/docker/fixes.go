package docker

// phrases are the engine's words for causes that its status codes do not tell
// apart, in the order in which they are looked for.
var phrases = []struct {
	text string
	code Code
}{
	{"port is already allocated", CodePortAllocated},
	{"address already in use", CodePortAllocated},
	{"ports are not available", CodePortAllocated},
	{"has active endpoints", CodeInUse},
	{"volume is in use", CodeInUse},
	{"is already in use by container", CodeNameConflict},
	{"no such container", CodeContainerNotFound},
	{"no such image", CodeImageNotFound},
	{"manifest unknown", CodeImageNotFound},
	{"pull access denied", CodeImageNotFound},
	{"no such volume", CodeVolumeNotFound},
	{"no such network", CodeNetworkNotFound},
	{"could not be found", CodeNetworkNotFound},
	{"bind source path does not exist", CodeMountNotFound},
	{"cannot allocate memory", CodeOutOfMemory},
	{"no space left on device", CodeDiskFull},
	{"executable file not found", CodeCommandNotFound},
	{"no such file or directory: unknown", CodeCommandNotFound},
	{"no command specified", CodeCommandNotFound},
	{"cannot connect to the docker daemon", CodeUnavailable},
	{"connection refused", CodeUnavailable},
}

// silences are the words for a machine that does not answer, in lower case.
var silences = []string{
	"connection refused", "no such host", "server misbehaving", "i/o timeout", "tls handshake timeout", "client.timeout exceeded",
	"request canceled while waiting", "no route to host", "network is unreachable", "connection reset", ": eof",
}

// fixes say what to do next, by code.
var fixes = map[Code]string{
	CodeUnavailable:       "the container engine does not answer: start it, or set DOCKER_HOST",
	CodeContainerNotFound: "it was removed by someone else: run up again",
	CodeNetworkNotFound:   "create it with `docker network create`, or drop `external: true`",
	CodeVolumeNotFound:    "create it with `docker volume create`, or drop `external: true`",
	CodeImageNotFound:     "check the name, `docker login` and `docker pull` it, or give the service a `build:`",
	CodeRegistry:          "see that the image's registry is up and that the engine's machine reaches it, through its proxy too, then try again",
	CodeNameConflict:      "remove or rename the other container, or change `container_name`",
	CodeConflict:          "another process works on it: wait, or look at `docker ps -a`",
	CodeInUse:             "containers of others use it: see `docker ps -a`",
	CodePortAllocated:     "another process holds that port: free it, or change the service's `ports`",
	CodeOutOfMemory:       "give the engine more memory, or raise the service's `mem_limit`",
	CodeDiskFull:          "free space for the engine, e.g. with `docker system df` and `docker image prune`",
	CodeCommandNotFound:   "the image has no such program: check `entrypoint` and `command`",
	CodeMountNotFound:     "create the folder on the host, or correct the `volumes` entry",
	CodeInvalid:           "correct that attribute of the service",
}
