package docker

import (
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/go-connections/nat"
	"github.com/stretchr/testify/require"
)

func TestAnEngineOnAnotherMachineIsTold(t *testing.T) {
	for endpoint, want := range map[string]string{
		"unix:///var/run/docker.sock": "", "npipe:////./pipe/docker_engine": "",
		"tcp://127.0.0.1:2375": "", "tcp://localhost:2375": "", "tcp://[::1]:2375": "", "tcp://0.0.0.0:2375": "",
		"tcp://10.0.0.5:2376": "10.0.0.5", "https://Build.example:2376": "build.example", "tcp://[fd00::5]:2376": "fd00::5",
	} {
		require.Equal(t, want, remoteHost(endpoint), endpoint)
	}
}

func TestAPublishedPortIsReachedWhereItsEngineIs(t *testing.T) {
	cases := []struct{ remote, bound, want string }{
		{"", "127.0.0.1", "127.0.0.1:32768"},
		{"", "0.0.0.0", "127.0.0.1:32768"},
		{"", "", "127.0.0.1:32768"},
		{"", "192.168.0.7", "192.168.0.7:32768"},
		{"10.0.0.5", "0.0.0.0", "10.0.0.5:32768"},
		{"10.0.0.5", "", "10.0.0.5:32768"},
		{"fd00::5", "0.0.0.0", "[fd00::5]:32768"},
		{"10.0.0.5", "10.0.0.6", "10.0.0.6:32768"},
		{"10.0.0.5", "127.0.0.1", ""},
	}
	for _, c := range cases {
		found := Container{remote: c.remote, Ports: []Port{{Container: 8080, Protocol: "tcp", HostIP: c.bound, Host: 32768}}}
		require.Equal(t, c.want, found.Address(8080), "%+v", c)
	}
}

func TestARunnersPortIsOnLoopbackUnlessItsEngineIsElsewhere(t *testing.T) {
	spec := ContainerSpec{Loopback: true, Ports: []uint16{8080}, Service: types.ServiceConfig{}}
	spec.Service.Ports = []types.ServicePortConfig{{Target: 8080, Published: "8085"}, {Target: 9090, HostIP: "10.0.0.6", Published: "9090"}}
	_, bound := spec.ports()
	require.Equal(t, nat.PortMap{"8080/tcp": {{HostIP: "127.0.0.1"}}, "9090/tcp": {{HostIP: "127.0.0.1"}}}, bound)
	spec.remote = true
	_, bound = spec.ports()
	require.Equal(t, nat.PortMap{"8080/tcp": {{}}, "9090/tcp": {{HostIP: "10.0.0.6"}}}, bound)
}
