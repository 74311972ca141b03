package bundle

import (
	"archive/tar"
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// packer makes the zstd frames of an archive. Their bytes depend on nothing
// but a file's name and content.
type packer struct {
	encoder *zstd.Encoder
	buffer  bytes.Buffer
	trailer *blob // the two empty blocks that end a tar archive
}

func newPacker() (*packer, error) {
	// More than one worker would cut frames by who is free; and whoever waits
	// for a publication waits for this, so speed goes before size.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("setting up compression: %w", err)
	}
	p := &packer{encoder: encoder}
	encoder.Reset(&p.buffer)
	if err := tar.NewWriter(encoder).Close(); err != nil {
		return nil, fmt.Errorf("setting up the archive's end: %w", err)
	}
	data, err := p.finish()
	p.trailer = &blob{size: int64(len(data)), data: data}
	return p, err
}

// frame gives the tar entry of the file, compressed.
func (p *packer) frame(name string, content []byte) ([]byte, error) {
	p.buffer.Reset()
	p.encoder.Reset(&p.buffer)
	entry := tar.NewWriter(p.encoder)
	err := entry.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = entry.Write(content)
	}
	if err == nil {
		err = entry.Flush() // pads the content; Close would end the archive
	}
	if err != nil {
		return nil, fmt.Errorf("packing %s: %w", name, err)
	}
	return p.finish()
}

func (p *packer) finish() ([]byte, error) {
	if err := p.encoder.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return bytes.Clone(p.buffer.Bytes()), nil
}
