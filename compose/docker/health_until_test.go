package docker

import (
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/stretchr/testify/require"
)

func TestHealthIsOverdueAfterThreeChecksThatAreMissing(t *testing.T) {
	started := time.Now()
	checked := started.Add(time.Hour)
	log := &container.Health{Log: []*container.HealthcheckResult{{End: started}, {End: checked}}}
	for name, c := range map[string]struct {
		health *container.Health
		check  container.HealthConfig
		want   time.Time
	}{
		"before the first":     {&container.Health{}, container.HealthConfig{Interval: 5 * time.Second, Timeout: time.Second}, started.Add(18 * time.Second)},
		"after the last":       {log, container.HealthConfig{Interval: 5 * time.Second, Timeout: time.Second}, checked.Add(18 * time.Second)},
		"with the usual times": {log, container.HealthConfig{}, checked.Add(3 * time.Minute)},
		"without an account":   {nil, container.HealthConfig{}, started.Add(3 * time.Minute)},
	} {
		require.Equal(t, c.want, healthUntil(started, c.health, &c.check), name)
	}
}
