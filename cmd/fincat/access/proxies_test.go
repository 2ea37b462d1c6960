package access

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientOfProxies(t *testing.T) {
	p := Proxies{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct {
		peer, header, value, want string
	}{
		{"127.0.0.1", "", "", "127.0.0.1"},
		{"127.0.0.1", "X-Forwarded-For", "192.0.2.7", "192.0.2.7"},
		{"127.0.0.1", "X-Forwarded-For", "203.0.113.1, 192.0.2.7", "192.0.2.7"},
		{"127.0.0.1", "X-Forwarded-For", "203.0.113.1, 192.0.2.7, 10.1.1.1", "192.0.2.7"},
		{"127.0.0.1", "X-Forwarded-For", "10.9.9.9, 10.1.1.1", "10.9.9.9"},
		{"127.0.0.1", "X-Forwarded-For", "192.0.2.7:4711", "192.0.2.7"},
		{"127.0.0.1", "X-Forwarded-For", "2001:db8::7", "2001:db8::7"},
		{"127.0.0.1", "X-Forwarded-For", "[2001:db8::7]:4711", "2001:db8::7"},
		{"127.0.0.1", "X-Forwarded-For", "[2001:db8::7]", "2001:db8::7"},
		{"127.0.0.1", "X-Forwarded-For", "::ffff:192.0.2.7", "192.0.2.7"},
		{"127.0.0.1", "X-Forwarded-For", "203.0.113.1, unknown", "127.0.0.1"},
		{"127.0.0.1", "X-Forwarded-For", "203.0.113.1, , 10.1.1.1", "10.1.1.1"},
		{"127.0.0.1", "X-Forwarded-For", "", "127.0.0.1"},
		{"127.0.0.1", "X-Forwarded-For", "192.0.2.7,", "127.0.0.1"},
		{"192.0.2.9", "X-Forwarded-For", "192.0.2.7", "192.0.2.9"},
		{"127.0.0.2", "X-Forwarded-For", "192.0.2.7", "127.0.0.2"},
		{"fd00::1", "X-Forwarded-For", "192.0.2.7", "192.0.2.7"},
		{"10.0.0.1", "Forwarded", `for=192.0.2.7`, "192.0.2.7"},
		{"10.0.0.1", "Forwarded", `for=203.0.113.1, For="[2001:db8::7]:4711";proto=https;by=10.0.0.1`, "2001:db8::7"},
		{"10.0.0.1", "Forwarded", `for=203.0.113.1, for=_hidden`, "10.0.0.1"},
		{"10.0.0.1", "Forwarded", `for=203.0.113.1, proto=http`, "10.0.0.1"},
		{"10.0.0.1", "Forwarded", `proto=http;for="192.0.2.7"`, "192.0.2.7"},
		{"10.0.0.1", "X-Real-Ip", "192.0.2.7", "10.0.0.1"},
	} {
		h := http.Header{}
		if tt.header != "" {
			h.Set(tt.header, tt.value)
		}
		if got := p.client(netip.MustParseAddr(tt.peer), h); got.String() != tt.want {
			t.Errorf("client(%s, %s: %s) = %s, want %s", tt.peer, tt.header, tt.value, got, tt.want)
		}
	}
	two := http.Header{"X-Forwarded-For": {"203.0.113.1", "192.0.2.7"}, "Forwarded": {"for=203.0.113.2"}}
	if got := p.client(netip.MustParseAddr("10.0.0.1"), two); got.String() != "192.0.2.7" {
		t.Errorf("two headers: client = %s, want that of the last line", got)
	}
}

// FuzzClientOfProxies: whatever headers say, the client of somebody who is no proxy is
// that somebody, and one who is believed can at most name an address.
func FuzzClientOfProxies(f *testing.F) {
	f.Add("127.0.0.1", "192.0.2.1, 10.0.0.1", "for=192.0.2.1")
	f.Add("192.0.2.1", "a,b", `for="[::1]:1";by=x`)
	p := Proxies{netip.MustParsePrefix("127.0.0.1/32")}
	f.Fuzz(func(t *testing.T, peer, forwardedFor, forwarded string) {
		a, err := netip.ParseAddr(peer)
		if err != nil {
			return
		}
		h := http.Header{"Forwarded": {forwarded}}
		if forwardedFor != "" {
			h.Set("X-Forwarded-For", forwardedFor)
		}
		got := p.client(a, h)
		if !got.IsValid() || !p.trust(a) && got != a.Unmap().WithZone("") {
			t.Errorf("client(%s, %q, %q) = %s", peer, forwardedFor, forwarded, got)
		}
	})
}
