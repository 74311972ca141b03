package bundle

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bigProject is an extension with a handler of 12 MB, as the platform's
// compiler for JavaScript makes them, and a UI of 60 files.
func bigProject(b *testing.B) project {
	p := project(b.TempDir())
	p.write(b, "manifest.json", "{}")
	wasm := noise(1, 12<<20)
	for i := range wasm {
		if i%16 > 4 {
			wasm[i] = byte(i >> 12) // so that it compresses as code does
		}
	}
	p.write(b, "dist/main.wasm", string(wasm))
	p.write(b, "ui/index.html", "<title>big</title>")
	for n := range 60 {
		p.write(b, fmt.Sprintf("ui/part%d/main.css", n), string(noise(uint64(n), 8<<10)))
	}
	p.age(b, "dist/main.wasm", time.Hour)
	return p
}

func BenchmarkMake_after_a_save_of_one_file(b *testing.B) {
	p, dir := bigProject(b), b.TempDir()
	m, h, src := NewMaker(dir), OpenHistory(dir, 0, nil), p.files(b)
	build(b, m, src)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		require.NoError(b, os.WriteFile(p.path("ui/part7/main.css"), fmt.Appendf(nil, "a{top:%dpx}", n), 0o644))
		b.StartTimer()
		_, err := add(h, build(b, m, src), time.Now())
		require.NoError(b, err)
	}
}

func BenchmarkMake_of_an_unchanged_tree(b *testing.B) {
	p := bigProject(b)
	m, src := NewMaker(b.TempDir()), p.files(b)
	for b.Loop() {
		build(b, m, src)
	}
}

func BenchmarkMake_after_a_build_of_the_handler(b *testing.B) {
	p, dir := bigProject(b), b.TempDir()
	m, src := NewMaker(dir), p.files(b)
	wasm, err := os.ReadFile(p.path("dist/main.wasm"))
	require.NoError(b, err)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		wasm[5<<20+n] ^= 1
		require.NoError(b, os.WriteFile(p.path("dist/main.wasm"), wasm, 0o644))
		b.StartTimer()
		build(b, m, src)
	}
}

func BenchmarkMake_from_scratch(b *testing.B) {
	p := bigProject(b)
	src := p.files(b)
	for b.Loop() {
		build(b, NewMaker(b.TempDir()), src)
	}
}

func BenchmarkHistory_finds_a_build_of_an_earlier_process(b *testing.B) {
	p, dir := bigProject(b), b.TempDir()
	made := build(b, NewMaker(dir), p.files(b))
	_, err := add(OpenHistory(dir, 0, nil), made, time.Now())
	require.NoError(b, err)
	for b.Loop() {
		_, ok := OpenHistory(dir, 0, nil).ByHash(made.Hash)
		require.True(b, ok)
	}
}
