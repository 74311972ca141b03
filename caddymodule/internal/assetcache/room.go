// room.go contains how the cache keeps to its size.

package assetcache

// Stats are counts since the cache was made, and what it holds now.
type Stats struct {
	Hits, Misses, Bypasses, Evictions int64
	Bytes, Limit                      int64
	Assets                            int
}

// Stats tells how the cache is used.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Hits: c.hits.Load(), Misses: c.misses.Load(), Bypasses: c.bypasses.Load(), Evictions: c.evictions.Load(),
		Bytes: c.bytes, Limit: c.limit, Assets: c.assets.Len(),
	}
}

// Resize sets how many bytes are kept at most; 0 or less keeps nothing.
func (c *Cache) Resize(limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = max(limit, 0)
	c.refused.Purge() // what was too large may not be now
	c.evict()
}

// largest is how large an asset may be.
func (c *Cache) largest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit / share
}

// reserve makes room for bytes of an answer that arrives. All that arrive at
// once may take as much as all that is kept, and no more: whoever asks for one
// asset under a thousand addresses gets it from the runner.
func (c *Cache) reserve(bytes int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.arriving+bytes > c.limit {
		return false
	}
	c.arriving += bytes
	return true
}

func (c *Cache) release(bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arriving -= bytes
}

func (c *Cache) keep(key string, a *asset) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.assets.Peek(key); ok {
		c.bytes -= before.size
	}
	c.assets.Add(key, a)
	c.bytes += a.size
	c.evict()
}

// grow counts bytes that were added to a, if it is still kept.
func (c *Cache) grow(a *asset, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.assets.Peek(a.key); ok && kept == a {
		a.size += bytes
		c.bytes += bytes
		c.evict()
	}
}

// evict is called with c.mu held.
func (c *Cache) evict() {
	for c.bytes > c.limit {
		_, oldest, ok := c.assets.RemoveOldest()
		if !ok {
			return
		}
		c.bytes -= oldest.size
		c.evictions.Add(1)
	}
}
