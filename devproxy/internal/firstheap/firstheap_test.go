package firstheap

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
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

// asked has the test print the percent, and how many of its allocations the
// profile has, as they are from its start on and after a collection.
const asked = "FIRSTHEAP_TEST_SETTINGS"

func TestMain(m *testing.M) {
	if os.Getenv(asked) == "" {
		os.Exit(m.Run())
	}
	early, unprofiled := percent(), profiled()
	late := unprofiled
	for deadline := time.Now().Add(time.Minute); late == "none" && time.Now().Before(deadline); {
		runtime.GC()
		late = profiled()
	}
	for range 3 { // it may have begun in the middle of these, and shows what is two collections old
		runtime.GC()
		late = profiled()
	}
	fmt.Printf("%s then %s, %s then %s", text(early), text(percent()), unprofiled, late)
}

func text(percent uint64) string {
	return map[uint64]string{first: "first", always: "always", 50: "the user's"}[percent]
}

var held [][]byte

// profiled allocates many small objects and some large ones: the usual rate has
// the profile see the large ones only.
func profiled() string {
	const small, large = 1000, 8
	held = nil
	for range small {
		held = append(held, make([]byte, 64))
	}
	for range large {
		held = append(held, make([]byte, 1<<20))
	}
	records := make([]runtime.MemProfileRecord, 10_000)
	n, _ := runtime.MemProfile(records, true)
	var objects, bytes int64
	for _, record := range records[:n] {
		objects += record.AllocObjects
		bytes += record.AllocBytes
	}
	switch {
	case bytes < 1<<20: // some of the runtime's own
		return "none"
	case objects < small:
		return "large"
	}
	return "all"
}

func settings(t *testing.T, environment ...string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "GOGC=", "GODEBUG=", asked+"=1"), environment...)
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

func TestFirst_collection_is_late_and_those_after_it_are_not(t *testing.T) {
	assert.Equal(t, "first then always, none then large", settings(t))
}

func TestGOGC_of_the_user_stays(t *testing.T) {
	// there is a collection soon, perhaps before the first look at the profile
	assert.Regexp(t, "^the user's then the user's, (none|large) then large$", settings(t, "GOGC=50"))
}

func TestProfile_has_the_rate_of_the_user(t *testing.T) {
	assert.Equal(t, "first then always, none then all", settings(t, "GODEBUG=memprofilerate=1"))
}
