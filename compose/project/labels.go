package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// LabelPrefix begins every label by which Compose and Docker Desktop know the
// parts of a project.
const LabelPrefix = "com.docker.compose."

// composeVersion is the version of Compose whose labels these are. Compose shows
// it and does not act on it.
const composeVersion = "2.40.3"

// Labels are the labels that make a container the number-th (from 1) of the
// service to Compose, so that its ps, logs and down see it. imageID is the id of
// the image the container is made from.
func (p *Project) Labels(service types.ServiceConfig, number int, imageID string) (map[string]string, error) {
	hash, err := Hash(service)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		LabelPrefix + "project":              p.Compose.Name,
		LabelPrefix + "service":              service.Name,
		LabelPrefix + "container-number":     strconv.Itoa(number),
		LabelPrefix + "oneoff":               "False",
		LabelPrefix + "config-hash":          hash,
		LabelPrefix + "image":                imageID,
		LabelPrefix + "depends_on":           dependsOn(service),
		LabelPrefix + "project.working_dir":  p.Compose.WorkingDir,
		LabelPrefix + "project.config_files": strings.Join(p.Compose.ComposeFiles, ","),
		LabelPrefix + "version":              composeVersion,
	}, nil
}

// dependsOn reads "db:service_healthy:false", the last part being restart.
func dependsOn(service types.ServiceConfig) string {
	var list []string
	for name, dependency := range service.DependsOn {
		list = append(list, fmt.Sprintf("%s:%s:%t", name, dependency.Condition, dependency.Restart))
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

// NetworkLabels make a network the project's, under its key in the file.
func (p *Project) NetworkLabels(key string) map[string]string {
	return p.resourceLabels("network", key, p.Compose.Networks[key].Labels)
}

// VolumeLabels make a volume the project's, under its key in the file.
func (p *Project) VolumeLabels(key string) map[string]string {
	return p.resourceLabels("volume", key, p.Compose.Volumes[key].Labels)
}

func (p *Project) resourceLabels(kind, key string, own types.Labels) map[string]string {
	labels := map[string]string{
		LabelPrefix + "project": p.Compose.Name,
		LabelPrefix + kind:      key,
		LabelPrefix + "version": composeVersion,
	}
	for name, value := range own {
		labels[name] = value
	}
	return labels
}
