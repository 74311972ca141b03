package host

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

func TestContextLeavesOutWhatIsNotSet(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) { inv.Config = map[string]string{"b": "2", "a": "1"} })
	assert.Equal(t, guest.Record{
		"request-id": "req-1", "tenant-id": "acme", "extension-id": "hello", "install-id": "inst-1", "version-id": nil,
		"config": []any{[]any{"a", "1"}, []any{"b", "2"}},
	}, b.do("context", "get-context"))
}

func TestUserIsNotAvailableWithoutOne(t *testing.T) {
	b := newBench(t, Options{})
	assert.Equal(t, "not-available", b.refusal("user", "get-user"))
	assert.Equal(t, "not-available", b.refusal("user-v2", "get-user"))
}

func TestUserAnswersBothVersionsOfTheInterface(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) {
		inv.User = &User{
			ClientName: "Harbour", UserID: "u1", UserEmail: "kim@example.com", UserName: "Kim", UserType: "client",
			ClientID: "c1", AdditionalFields: map[string]string{"team": "blue", "desk": "4"},
		}
	})
	want := guest.Record{
		"tenant-id": "acme", "client-name": "Harbour", "user-id": "u1", "user-email": "kim@example.com",
		"user-name": "Kim", "user-type": "client", "client-id": "c1",
		"additional-fields": []any{[]any{"desk", "4"}, []any{"team", "blue"}},
	}
	assert.Equal(t, want, b.ok("user", "get-user"))
	assert.Equal(t, want, b.ok("user-v2", "get-user"))
}

func TestSecretsAreFoundListedInOrderAndNeverLogged(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) {
		inv.Secrets = map[string]string{"token": "hunter2", "api_key": "", "zone": "eu"}
	})
	assert.Equal(t, "hunter2", b.ok("secrets", "get", "token"))
	assert.Empty(t, b.ok("secrets", "get", "api_key"), "an empty secret is there all the same")
	assert.Equal(t, "missing", b.refusal("secrets", "get", "nope"))
	assert.Equal(t, []any{"api_key", "token", "zone"}, b.do("secrets", "list-keys"))
	assert.NotContains(t, b.logs.String(), "hunter2")
}

func TestSecretsThatAGuestLogsAreBlanked(t *testing.T) {
	key := "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"
	b := newBench(t, Options{}, func(inv *Invocation) {
		inv.Secrets = map[string]string{"short": "hunter2", "token": "hunter2-and-more", "zone": "eu", "key": key}
	})
	b.do("logging", "log-info", "it is hunter2-and-more, hunter2; in eu\n"+key)
	b.do("logging", "log-error", "hkiG9w0BAQEFAASC")
	b.do("logging", "log-warn", strings.Repeat("a", maxLogLine-3)+"hunter2")
	out := b.logs.String()
	assert.Contains(t, out, `"it is [redacted], [redacted]; in eu"`)
	for _, secret := range []string{"hunter", "hun", "and-more", "MIIEvQ", "hkiG9w"} {
		assert.NotContains(t, out, secret, "nor half of it, at the end of a line that is cut")
	}
}

func TestSecretsInWhatACallIsAboutAreBlanked(t *testing.T) {
	journal := trace.NewJournal()
	b := newBench(t, Options{EgressAllowlist: []string{"allowed.test"}}, func(inv *Invocation) {
		inv.Secrets, inv.Journal = map[string]string{"token": "hunter2/and more", "host": "hidden-host.test"}, journal
	})
	_ = b.refusal("http", "fetch", get("https://hidden-host.test/hunter2%2Fand%20more/x"))
	_ = b.refusal("storage", "get", "a", "hunter2/and more")
	calls := journal.Trace().Calls
	require.Len(t, calls, 2)
	assert.Equal(t, "GET https://[redacted]/[redacted]/x", calls[0].Target)
	assert.NotEmpty(t, calls[0].Reason)
	assert.Equal(t, "a/[redacted]", calls[1].Target)
	for _, c := range calls {
		for _, secret := range []string{"hunter2", "hidden-host"} {
			assert.NotContains(t, c.Target+c.Reason+c.Note+c.Outcome, secret)
		}
	}
}

func TestGuestLinesAreLoggedOneByOneWithTheirLevel(t *testing.T) {
	b := newBench(t, Options{})
	b.do("logging", "log-info", "first\r\nsecond\n")
	b.do("logging", "log-warn", "careful")
	b.do("logging", "log-error", "broken")
	lines := strings.Split(strings.TrimSpace(b.logs.String()), "\n")
	require.Len(t, lines, 4)
	for i, want := range []string{"level=INFO msg=first", "level=INFO msg=second", "level=WARN msg=careful", "level=ERROR msg=broken"} {
		assert.Contains(t, lines[i], want+" source=guest")
		assert.NotContains(t, lines[i], "truncated")
	}
}

func TestALongGuestLineIsCutBetweenCharacters(t *testing.T) {
	b := newBench(t, Options{})
	b.do("logging", "log-info", strings.Repeat("a", maxLogLine-1)+"äöü")
	out := b.logs.String()
	assert.Contains(t, out, "truncated=true")
	assert.Contains(t, out, "msg="+strings.Repeat("a", maxLogLine-1)+" ")
}

func TestLoggingStopsWhenTheExecutionEnds(t *testing.T) {
	b := newBench(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := b.host.Call(ctx, theCall("logging", "log-info", "a\nb"))
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, b.logs.String())
}

func TestSecretsThatMayBeginAtTheEndOfATextAreBlankedToo(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) {
		inv.Secrets = map[string]string{"token": "hunter2-and-more", "short": "hunter2"}
	})
	blanker := b.host.(guest.Blanker)
	for _, end := range []string{"", "h", "hunter2", "hunter2-an", "hunter2-and-more"} {
		said := blanker.Blanked(strings.Repeat("hunter2 ", 9)+strings.Repeat("x", 20)+end, true)
		assert.NotContains(t, said, "h", end)
		assert.Contains(t, said, "[redacted] xxxxx", end)
	}
	assert.Equal(t, "it is hunter", blanker.Blanked("it is hunter", false), "there is no more of it")
	assert.Empty(t, blanker.Blanked("hunter2-an", true))
}
