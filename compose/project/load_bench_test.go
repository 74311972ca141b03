package project

import "testing"

func BenchmarkLoad(b *testing.B) {
	dir := folder(b, map[string]string{"compose.yaml": fullService, "token.txt": "t", "app.conf": "c", "web.env": "FROM_FILE=yes\n"})
	for b.Loop() {
		if _, err := Load(b.Context(), Options{WorkingDir: dir, Environ: []string{}}); err != nil {
			b.Fatal(err)
		}
	}
}
