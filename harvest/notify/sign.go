package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Secret is what a sender and a receiver of webhooks share, after Standard Webhooks 1.0.
type Secret []byte

const (
	secretPrefix = "whsec_"
	minSecret    = 24 // bytes
	maxSecret    = 64
)

// ParseSecret reads a secret: whsec_ and 24 to 64 bytes in base64. Errors do not repeat it.
func ParseSecret(text string) (Secret, error) {
	code, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(code)
	if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
		return nil, errors.New("the secret is none of Standard Webhooks: give whsec_ and 24 to 64 random bytes in " +
			"base64, such as from: echo whsec_$(head -c 32 /dev/urandom | base64)")
	}
	return key, nil
}

// NewMessageID returns the identifier of a new message. It stays the same when the message is
// sent again, so that a receiver can tell that it has it.
func NewMessageID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return "msg_" + hex.EncodeToString(b[:])
}

// Headers returns the headers of a message that is sent at a time: its identifier, the time, and
// with a secret the signature of both and of the body.
func (s Secret) Headers(id string, at time.Time, body []byte) map[string]string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	out := map[string]string{"webhook-id": id, "webhook-timestamp": stamp}
	if len(s) > 0 {
		out["webhook-signature"] = s.sign(id, stamp, body)
	}
	return out
}

func (s Secret) sign(id, stamp string, body []byte) string {
	h := hmac.New(sha256.New, s)
	h.Write([]byte(id + "." + stamp + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Token is a text that only who has the secret can make of another one, for links.
func (s Secret) Token(of string) string {
	h := hmac.New(sha256.New, s)
	h.Write([]byte("link:" + of))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}
