package dockerrunner

func (s *Service) touch(c *call) error {
	var body struct {
		ContainerID string `json:"containerId"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := c.about(body.ContainerID); err != nil {
		return err
	}
	found, err := s.look(c.request.Context(), body.ContainerID)
	if err != nil {
		return err
	}
	if err := s.leases.touch(found.ID, found.Config.Labels); err != nil {
		return err
	}
	return c.done()
}

// use notes that a container is used from now until the returned function.
func (s *Service) use(found inspection) (end func()) {
	note := func() {
		if err := s.leases.touch(found.ID, found.Config.Labels); err != nil {
			s.log.Load().Warn("noting the use of a container", "containerId", found.ID, "error", err)
		}
	}
	s.leases.begin(found.ID, 1)
	note()
	return func() {
		note()
		s.leases.begin(found.ID, -1)
	}
}
