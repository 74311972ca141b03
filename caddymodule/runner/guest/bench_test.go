package guest_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

func BenchmarkRun(b *testing.B) {
	program := load(b, "limits")
	for _, route := range []string{"/nothing", "/json", "/cpu"} {
		b.Run(route[1:], func(b *testing.B) {
			for b.Loop() {
				_, err := program.Run(b.Context(), get(route), silent, limits)
				require.NoError(b, err)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := program.Run(b.Context(), get("/nothing"), silent, limits); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkHostCalls makes all 25 calls of hosts.js in one run.
func BenchmarkHostCalls(b *testing.B) {
	program := load(b, "hosts")
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		return answers[call.Interface+"#"+call.Function], nil
	})
	for b.Loop() {
		_, err := program.Run(b.Context(), get("/"), host, limits)
		require.NoError(b, err)
	}
}

// BenchmarkLoad compares a compile, one found on disk, and one found as the
// template of a program that is loaded already.
func BenchmarkLoad(b *testing.B) {
	component := guesttest.Component(b, "limits")
	loadIn := func(b *testing.B, dir string) {
		engine, err := guest.NewWazero(b.Context(), guest.Options{CacheDir: dir})
		require.NoError(b, err)
		_, err = engine.Load(b.Context(), component)
		require.NoError(b, err)
		require.NoError(b, engine.Close(b.Context()))
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			loadIn(b, "")
		}
	})
	b.Run("disk", func(b *testing.B) {
		for b.Loop() {
			loadIn(b, guesttest.CacheDir(b))
		}
	})
	b.Run("template", func(b *testing.B) {
		engine := newEngine(b)
		edited := slices.Clone(component)
		_, err := engine.Load(b.Context(), edited)
		require.NoError(b, err)
		for i := uint32(0); b.Loop(); i++ {
			b.StopTimer()
			edited = withNote(component, i)
			b.StartTimer()
			_, err := engine.Load(b.Context(), edited)
			require.NoError(b, err)
		}
	})
}

// withNote appends a custom section, which makes other bytes of the same
// meaning.
func withNote(component []byte, i uint32) []byte {
	note := binary.LittleEndian.AppendUint32([]byte("\x00\x06\x01n"), i)
	return append(slices.Clone(component), note...)
}
