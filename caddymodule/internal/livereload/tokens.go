// tokens.go contains what pages prove themselves with, and how a state is
// sealed for the pages of one extension.

package livereload

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// tokens all follow from one secret of the process, so that a thousand
// extensions need no table.
type tokens struct{ secret []byte }

func newTokens() tokens { return tokens{[]byte(rand.Text())} }

// page lets the pages of one extension use the endpoints, for that extension,
// and open what is sealed for it.
func (t tokens) page(extension string) string { return t.derive("page " + extension) }

// frames is the same for all: with it the frames of a host's page agree on
// which of them has the event stream. No endpoint takes it.
func (t tokens) frames() string { return t.derive("frames") }

func (t tokens) derive(text string) string {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(text))
	return encoded(mac.Sum(nil))
}

// admits compares in constant time.
func (t tokens) admits(extension, token string) bool { return equal(token, t.page(extension)) }

// carries says whether grant came from a page of extension: it lets another
// frame have that extension's states in its stream, but not read them.
func (t tokens) carries(extension, grant string) bool {
	sum := sha256.Sum256([]byte("carry " + t.page(extension)))
	return equal(grant, encoded(sum[:]))
}

// seal encrypts for the pages of extension: the nonce, then AES-GCM.
func (t tokens) seal(extension string, plain []byte) ([]byte, error) {
	key := sha256.Sum256([]byte("seal " + t.page(extension)))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, nil), nil
}

// encoded keeps 160 bits: the tag in the page is to be short.
func encoded(sum []byte) string { return base64.RawURLEncoding.EncodeToString(sum[:20]) }

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
