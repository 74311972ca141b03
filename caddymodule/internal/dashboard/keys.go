package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"sync"
)

// mostKeys is how many keys and tokens are good at once; older ones end.
const mostKeys = 16

// keys are what opens the port. The key of a URL is good for one exchange: what
// stands in a terminal or a history afterwards opens nothing.
type keys struct {
	mu     sync.Mutex
	unused []string
	tokens []string
}

// cut makes a key.
func (k *keys) cut() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := rand.Text()
	k.unused = newest(append(k.unused, key))
	return key
}

// exchange gives a token for a key, or "".
func (k *keys) exchange(key string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := find(k.unused, key)
	if i < 0 {
		return ""
	}
	k.unused = append(k.unused[:i], k.unused[i+1:]...)
	token := rand.Text()
	k.tokens = newest(append(k.tokens, token))
	return token
}

func (k *keys) opens(token string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return find(k.tokens, token) >= 0
}

// find takes the same time wherever and whether secret is in list.
func find(list []string, secret string) int {
	found := -1
	for i, one := range list {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare([]byte(one), []byte(secret)), i, found)
	}
	return found
}

func newest(list []string) []string { return list[max(0, len(list)-mostKeys):] }
