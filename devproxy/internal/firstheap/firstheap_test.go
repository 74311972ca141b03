package firstheap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// percent is what the collector goes by now.
func percent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// asked has the test print the percents as they are from its start on.
const asked = "FIRSTHEAP_TEST_PERCENTS"

func TestMain(m *testing.M) {
	if os.Getenv(asked) == "" {
		os.Exit(m.Run())
	}
	early := percent()
	runtime.GC()
	for deadline := time.Now().Add(time.Minute); percent() == early && early == first && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	_, _ = os.Stdout.WriteString(strings.Join([]string{text(early), text(percent())}, " then "))
}

func text(percent uint64) string {
	return map[uint64]string{first: "first", always: "always", 50: "the user's"}[percent]
}

func percents(t *testing.T, gogc string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asked+"=1", "GOGC="+gogc)
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

func TestFirst_collection_is_late_and_those_after_it_are_not(t *testing.T) {
	assert.Equal(t, "first then always", percents(t, ""))
}

func TestGOGC_of_the_user_stays(t *testing.T) {
	assert.Equal(t, "the user's then the user's", percents(t, "50"))
}
