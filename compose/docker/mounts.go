package docker

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/mount"
)

// mounts are the service's volumes, secrets and configs. Binds whose host folder
// may be created go the old way (a bind string): only that creates it on every
// engine.
func (c ContainerSpec) mounts() (binds []string, mounts []mount.Mount, err error) {
	for _, v := range c.Service.Volumes {
		if v.Type == types.VolumeTypeBind && (v.Bind == nil || bool(v.Bind.CreateHostPath)) {
			binds = append(binds, bindString(v))
			continue
		}
		mounts = append(mounts, c.mount(v))
	}
	files, err := c.files()
	return binds, append(mounts, files...), err
}

func bindString(v types.ServiceVolumeConfig) string {
	var options []string
	if v.ReadOnly {
		options = append(options, "ro")
	}
	if b := v.Bind; b != nil {
		if b.SELinux != "" {
			options = append(options, b.SELinux)
		}
		if b.Propagation != "" {
			options = append(options, b.Propagation)
		}
	}
	bind := v.Source + ":" + v.Target
	if len(options) > 0 {
		bind += ":" + strings.Join(options, ",")
	}
	return bind
}

func (c ContainerSpec) mount(v types.ServiceVolumeConfig) mount.Mount {
	m := mount.Mount{
		Type: mount.Type(v.Type), Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly,
		Consistency: mount.Consistency(v.Consistency),
	}
	if declared, ok := c.Project.Volumes[v.Source]; ok && v.Type == types.VolumeTypeVolume {
		m.Source = declared.Name
	}
	if v.Bind != nil && v.Bind.Propagation != "" {
		m.BindOptions = &mount.BindOptions{Propagation: mount.Propagation(v.Bind.Propagation)}
	}
	if v.Volume != nil {
		m.VolumeOptions = &mount.VolumeOptions{NoCopy: v.Volume.NoCopy, Subpath: v.Volume.Subpath, Labels: v.Volume.Labels}
	}
	if v.Type == types.VolumeTypeVolume && v.Source == "" {
		m.VolumeOptions = c.anonymous(m.VolumeOptions)
	}
	if v.Tmpfs != nil {
		m.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: int64(v.Tmpfs.Size), Mode: os.FileMode(v.Tmpfs.Mode)}
	}
	return m
}

func (c ContainerSpec) anonymous(options *mount.VolumeOptions) *mount.VolumeOptions {
	labelled := mount.VolumeOptions{}
	if options != nil {
		labelled = *options
	}
	labelled.Labels = merged(labelled.Labels, c.VolumeLabels)
	return &labelled
}

// files are the secrets and configs, each a read-only bind of its file.
func (c ContainerSpec) files() ([]mount.Mount, error) {
	var mounts []mount.Mount
	for _, s := range c.Service.Secrets {
		object := types.FileObjectConfig(c.Project.Secrets[s.Source])
		m, err := fileMount("secret", "/run/secrets", types.FileReferenceConfig(s), object)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	for _, s := range c.Service.Configs {
		object := types.FileObjectConfig(c.Project.Configs[s.Source])
		m, err := fileMount("config", "/", types.FileReferenceConfig(s), object)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

func fileMount(kind, dir string, ref types.FileReferenceConfig, object types.FileObjectConfig) (mount.Mount, error) {
	if object.File == "" {
		return mount.Mount{}, &Error{
			Code: CodeUnsupported, Doing: "mounting " + kind, Subject: ref.Source,
			Fix: fmt.Sprintf("give the %s a `file:`", kind), Err: errors.New("only files are supported"),
		}
	}
	target := ref.Target
	if target == "" {
		target = ref.Source
	}
	if !path.IsAbs(target) {
		target = path.Join(dir, target)
	}
	return mount.Mount{Type: mount.TypeBind, Source: object.File, Target: target, ReadOnly: true}, nil
}
