package docker

import "context"

// HasVolume says whether the engine has a volume of that name.
func (e *Engine) HasVolume(ctx context.Context, name string) (bool, error) {
	_, err := e.cli.VolumeInspect(ctx, name)
	err = mapped("looking for volume", name, err)
	if Is(err, CodeVolumeNotFound) {
		return false, nil
	}
	return err == nil, err
}
