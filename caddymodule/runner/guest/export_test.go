package guest

// Templates is how many pieces of compiled code an engine holds.
func Templates(engine Engine) int {
	ts := engine.(*wazeroEngine).templates
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.byKey)
}
