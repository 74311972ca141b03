package host

import (
	"fmt"
	"testing"
)

// benchStore has a namespace of n entries of 1 KiB.
func benchStore(b *testing.B, n int) (*store, string) {
	b.Helper()
	s := newStore(b.TempDir())
	dir := s.namespace(allowed().Context, "bench")
	for i := range n {
		if _, err := s.put(dir, fmt.Sprintf("key-%04d", i), make([]byte, 1024), nil); err != nil {
			b.Fatal(err)
		}
	}
	return s, dir
}

func BenchmarkStoragePut(b *testing.B) {
	s, dir := benchStore(b, 1)
	value := make([]byte, 1024)
	for b.Loop() {
		if _, err := s.put(dir, "key-0000", value, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStorageGet(b *testing.B) {
	s, dir := benchStore(b, 1)
	for b.Loop() {
		if _, err := s.get(dir, "key-0000"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStorageListOnePageOf1000(b *testing.B) {
	s, dir := benchStore(b, 1000)
	for b.Loop() {
		if page, err := s.list(dir, "key-0499"); err != nil || len(page) != pageSize {
			b.Fatal(len(page), err)
		}
	}
}
