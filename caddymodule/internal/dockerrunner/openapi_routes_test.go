package dockerrunner

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

// described are the parts of an operation of the OpenAPI document that the
// service's table of routes has too.
type described struct {
	BodyLimit   *int64           `yaml:"x-body-limit"`
	RequestBody any              `yaml:"requestBody"`
	Security    []map[string]any `yaml:"security"`
}

func TestOpenAPI_describes_the_routes_that_there_are_and_no_others(t *testing.T) {
	text, err := os.ReadFile("../../../docs/docker-runner.openapi.yaml")
	require.NoError(t, err)
	var document struct {
		Paths      map[string]map[string]described
		Components struct {
			Schemas struct {
				Error struct {
					Properties struct {
						Error struct {
							Properties struct{ Code struct{ Enum []string } }
						}
					}
				} `yaml:"Error"`
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &document))
	routes := new(Service).routes()
	for path, methods := range document.Paths {
		route, known := routes[path]
		require.True(t, known, "%s is described, and is no route", path)
		require.Len(t, methods, 1)
		operation, known := methods[strings.ToLower(route.method)]
		require.True(t, known, "%s is %s", path, route.method)
		assert.Equal(t, route.open, operation.Security != nil, "%s: whether it needs a signature", path)
		if route.method == "GET" {
			assert.Nil(t, operation.RequestBody, path)
			continue
		}
		limit := route.limit
		if limit == 0 {
			limit = bodyLimit
		}
		require.NotNil(t, operation.BodyLimit, path)
		assert.Equal(t, limit, *operation.BodyLimit, path)
	}
	for path := range routes {
		assert.Contains(t, document.Paths, path, "a route that is not described")
	}

	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	var codes []string
	for _, match := range regexp.MustCompile(`(?m)^\tcode\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		codes = append(codes, match[1])
	}
	assert.ElementsMatch(t, codes, document.Components.Schemas.Error.Properties.Error.Properties.Code.Enum)
}
