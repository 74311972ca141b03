package standalone

// report logs when a folder gets a fault, another one, or none.
func (s *shelf) report(dir string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reportLocked(dir, err)
}

func (s *shelf) reportLocked(dir string, err error) {
	now := ""
	if err != nil {
		now = err.Error()
	}
	before := s.said[dir]
	s.said[dir] = now
	switch {
	case now == before:
	case now != "":
		s.log.Warn("extension: "+now, "dir", dir)
	default:
		s.log.Info("extension is in order again", "dir", dir)
	}
}
