package dockerrunner

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/same-origin/devproxy/compose/docker"
)

// listed is one container of a list.
type listed struct {
	ID      string `json:"Id"`
	Created int64  // seconds since 1970
	Labels  map[string]string
}

// list gives containers in the order in which they were made; only those that run
// unless all are asked for.
func (s *Service) list(ctx context.Context, all bool, filters map[string][]string) ([]listed, error) {
	text, err := json.Marshal(filters)
	if err != nil {
		return nil, err
	}
	var found []listed
	err = s.decode(ctx, docker.Request{
		Method: http.MethodGet, Path: "/containers/json",
		Query: url.Values{"all": {strconv.FormatBool(all)}, "filters": {string(text)}},
	}, &found)
	slices.SortFunc(found, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID))
	})
	return found, err
}

func (s *Service) findByLabels(c *call) error {
	var body struct {
		Labels map[string]string `json:"labels"`
		All    bool              `json:"all"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if len(body.Labels) == 0 {
		return invalid("labels: expected at least one")
	}
	var labels []string
	for key, value := range body.Labels {
		labels = append(labels, key+"="+value)
	}
	return s.answerList(c, body.All, map[string][]string{"label": labels})
}

func (s *Service) listByVolume(c *call) error {
	name := c.request.URL.Query().Get("volumeName")
	if name == "" {
		return invalid("volumeName: must not be empty")
	}
	return s.answerList(c, true, map[string][]string{"volume": {name}})
}

func (s *Service) answerList(c *call, all bool, filters map[string][]string) error {
	found, err := s.list(c.request.Context(), all, filters)
	if err != nil {
		return err
	}
	ids := make([]string, len(found))
	for i, one := range found {
		ids[i] = one.ID
	}
	c.reply(http.StatusOK, map[string][]string{"containerIds": ids})
	return nil
}
