package fetch

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
)

// TestNoResolvers: what is said of a name that cannot be looked up is published, and
// does not name the resolver.
func TestNoResolvers(t *testing.T) {
	for _, dns := range []*net.DNSError{
		{Err: "no such host", Name: "e.invalid", Server: "10.1.2.3:53", IsNotFound: true},
		{Err: "i/o timeout", Name: "e.invalid", Server: "10.1.2.3:53", IsTimeout: true},
		{Err: "read udp 10.9.9.9:5353->10.1.2.3:53: connection refused", Name: "e.invalid", Server: "10.1.2.3:53"},
		{Err: "server misbehaving", Name: "e.invalid", Server: "10.1.2.3:53", IsTemporary: true},
	} {
		dial := &net.OpError{Op: "dial", Net: "tcp", Err: dns}
		for _, err := range []error{dns, dial, &url.Error{Op: "Get", URL: "https://e.invalid/a", Err: dial},
			&url.Error{Op: "Get", URL: "https://other.invalid/a", Err: dial}} {
			e := Explain("https://e.invalid/a", err)
			p := e.Problem()
			text := e.Error() + p.Message + p.Value
			if strings.Contains(text, "10.") || !strings.Contains(text, "e.invalid") {
				t.Errorf("Explain(%v) = %s", err, text)
			}
			var found *net.DNSError
			if e.Rule != "dns" || !errors.As(e, &found) {
				t.Errorf("Explain(%v) has the rule %s, want dns", err, e.Rule)
			}
		}
	}
}
