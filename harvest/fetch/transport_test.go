package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fincat/harvest/problem"

	"golang.org/x/net/dns/dnsmessage"
)

func TestSafeAddress(t *testing.T) {
	tests := []struct {
		address string
		safe    bool
	}{
		{"203.66.32.1:80", true}, {"[2001:b000::1]:443", true}, {"[::ffff:203.66.32.1]:80", true},
		{"127.0.0.1:80", false}, {"0.0.0.0:80", false}, {"10.1.2.3:80", false}, {"172.16.0.1:80", false},
		{"192.168.1.1:80", false},
		{"169.254.169.254:80", false}, {"100.64.0.1:80", false}, {"100.127.255.254:80", false},
		{"192.0.2.1:80", false},
		{"198.18.0.1:80", false}, {"224.0.0.1:80", false}, {"255.255.255.255:80", false}, {"240.0.0.1:80", false},
		{"[::1]:80", false}, {"[::]:80", false}, {"[fe80::1]:80", false}, {"[fc00::1]:80", false},
		{"[fd12::1]:80", false},
		{"[::ffff:127.0.0.1]:80", false}, {"[::ffff:10.0.0.1]:80", false}, {"[::127.0.0.1]:80", false},
		{"[64:ff9b::7f00:1]:80", false}, {"[64:ff9b:1::1]:80", false}, {"[2002:7f00:1::]:80", false},
		{"[2001::1]:80", false},
		{"[ff02::1]:80", false}, {"[2001:db8::1]:80", false},
	}
	for _, tt := range tests {
		at, err := netip.ParseAddrPort(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		network := "tcp4"
		if at.Addr().Is6() {
			network = "tcp6"
		}
		if err := (&Client{}).safeAddress(network, tt.address, nil); (err == nil) != tt.safe {
			t.Errorf("safeAddress(%s) = %v, want safe %v", tt.address, err, tt.safe)
		}
	}
}

// rebinding is a name server that answers the first question for a name with a
// public address and every later one with a private address.
func rebinding(t *testing.T) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		var asked atomic.Int32
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				a := [4]byte{192, 0, 2, 1} // not routed: the connection fails or is refused
				if asked.Add(1) > 1 {
					a = [4]byte{127, 0, 0, 1}
				}
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type,
					Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: a}}}
			}
			out, err := m.Pack()
			if err == nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// TestRebinding checks that the address is looked at when connecting, so that a
// name whose address changes between two looks is of no use.
func TestRebinding(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s reached the inside", r.URL)
	}))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	address := "http://rebind.example:" + port + "/"
	s := testSession(t, SessionOptions{Origin: address, Policy: Policy{Robots: "ignore", Retries: 1}},
		Options{Resolver: rebinding(t)})
	for range 3 {
		var e *problem.Error
		if _, err := s.Get(t.Context(), address, Request{}); !errors.As(err, &e) || e.Rule != "private-address" {
			t.Errorf("Get = %v, want rule private-address", err)
		}
	}
}

// TestRefuses checks addresses that a proxy would resolve.
func TestRefuses(t *testing.T) {
	for address, safe := range map[string]bool{
		"http://data.gov.tw/": true, "http://203.66.32.1/": true,
		"http://localhost/": false, "http://LOCALHOST./": false, "http://x.localhost/": false,
		"http://127.0.0.1/": false,
		"http://[::1]/":     false, "http://[::ffff:10.0.0.1]/": false, "http://169.254.169.254/": false,
		"http://[fe80::1%25eth0]/": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&Options{}).Refuses(u); (err == nil) != safe {
			t.Errorf("Refuses(%s) = %v, want safe %v", address, err, safe)
		}
		if err := (&Options{AllowPrivate: true}).Refuses(u); err != nil {
			t.Errorf("Refuses(%s) = %v although everything is permitted", address, err)
		}
	}
	o := &Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	for address, permitted := range map[string]bool{
		"http://127.0.0.1:8080/": true, "http://localhost/": true, "http://[::ffff:127.0.0.1]/": true,
		"http://127.0.0.2/": false, "http://[::1]/": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Refuses(u); (err == nil) != permitted {
			t.Errorf("Refuses(%s) = %v, want permitted %v", address, err, permitted)
		}
	}
}

func TestProxy(t *testing.T) {
	var asked, auth atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		auth.Store(r.Header.Get("Proxy-Authorization"))
		if r.URL.Path == "/inside" {
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("through"))
	}))
	defer proxy.Close()
	with := strings.Replace(proxy.URL, "http://", "http://user:s3cret@", 1)
	s := testSession(t, SessionOptions{Origin: "http://data.example.tw/",
		Policy: Policy{Robots: "ignore", ProxyEnv: "P", Retries: 1}}, Options{Getenv: func(string) string {
		return with
	}})
	r, err := s.Get(t.Context(), "http://data.example.tw/x", Request{})
	if err != nil || string(r.Body) != "through" || asked.Load() != "http://data.example.tw/x" ||
		auth.Load() != "Basic dXNlcjpzM2NyZXQ=" {
		t.Errorf("Get = %v, %v; the proxy was asked for %v with %v", r, err, asked.Load(), auth.Load())
	}
	var e *problem.Error
	if _, err := s.Get(t.Context(), "http://data.example.tw/inside", Request{}); !errors.As(err, &e) ||
		e.Rule != "private-address" {
		t.Errorf("redirect into a private network = %v, want rule private-address", err)
	}
	proxy.Close()
	if _, err := s.Get(t.Context(), "http://data.example.tw/x", Request{}); err == nil ||
		strings.Contains(err.Error(), "s3cret") {
		t.Errorf("without the proxy = %v, want an error without the password", err)
	}
}

// authority is a certificate with its key.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial atomic.Int64

// issue makes a certificate; without a parent it signs itself.
func issue(t *testing.T, name string, parent *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(c)
	}
	signer := &authority{c, key}
	if parent != nil {
		signer = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, c, signer.cert, &key.PublicKey, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &authority{c, key}
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// pkcs7 wraps certificates as authorities serve them (.p7b).
func pkcs7(t *testing.T, certs ...*x509.Certificate) []byte {
	t.Helper()
	var raw []byte
	for _, c := range certs {
		raw = append(raw, c.Raw...)
	}
	set := asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true}
	signed, err := asn1.Marshal(struct {
		Version      int
		Algorithms   asn1.RawValue
		Inner        struct{ Type asn1.ObjectIdentifier }
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}{1, set, struct{ Type asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7,
		1}}, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: raw}, set})
	if err != nil {
		t.Fatal(err)
	}
	out, err := asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0,
		IsCompound: true, Bytes: signed}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMissingIntermediates talks to servers that send their own certificate
// only, as many of the government do.
func TestMissingIntermediates(t *testing.T) {
	answers := map[string][]byte{}
	var fetched atomic.Int32
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		if b, ok := answers[r.URL.Path]; ok {
			_, _ = w.Write(b)
			return
		}
		http.NotFound(w, r)
	}))
	defer repository.Close()
	root := issue(t, "root", nil, nil)
	middle := issue(t, "middle", root, func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{repository.URL + "/root.crt"}
	})
	low := issue(t, "low", middle, func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{repository.URL + "/middle.crt"}
	})
	stranger := issue(t, "low", nil, nil)
	answers["/middle.crt"], answers["/low.crt"], answers["/low.pem"] = middle.cert.Raw, low.cert.Raw, pemOf(low.cert)
	answers["/low.p7b"], answers["/all.p7b"] = pkcs7(t, low.cert), pkcs7(t, root.cert, middle.cert, low.cert)
	answers["/stranger.crt"], answers["/page.crt"] = stranger.cert.Raw, []byte("<html>")
	answers["/large.crt"] = make([]byte, 2*maxIssuerBytes)
	roots, lowFile := filepath.Join(t.TempDir(), "roots.pem"), filepath.Join(t.TempDir(), "low.pem")
	for file, cert := range map[string]*x509.Certificate{roots: root.cert, lowFile: low.cert} {
		if err := os.WriteFile(file, pemOf(cert), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, ca, issuer, host string
		ok                     bool
		message                string
	}{
		{"DER", roots, "/low.crt", "", true, ""},
		{"PEM", roots, "/low.pem", "", true, ""},
		{"PKCS 7", roots, "/low.p7b", "", true, ""},
		{"PKCS 7 with all", roots, "/all.p7b", "", true, ""},
		{"second of two addresses", roots, "/nothing.crt /low.crt", "", true, ""},
		{"intermediate as ca_file", lowFile, "", "", true, ""},
		{"no address", roots, "", "", false, "names no address"},
		{"not found", roots, "/nothing.crt", "", false, "404"},
		{"somebody else's", roots, "/stranger.crt", "", false, "does not hold the issuer"},
		{"a page", roots, "/page.crt", "", false, "holds no certificate"},
		{"too large", roots, "/large.crt", "", false, "larger than"},
		{"unknown root", "", "/low.crt", "", false, "unknown authority"},
		{"other name", roots, "/low.crt", "other.example", false, "IP SANs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leaf := issue(t, "127.0.0.1", low, func(c *x509.Certificate) {
				c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature
				if tt.host != "" {
					c.DNSNames = []string{tt.host}
				} else {
					c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
				}
				for _, p := range strings.Fields(tt.issuer) {
					c.IssuingCertificateURL = append(c.IssuingCertificateURL, repository.URL+p)
				}
			})
			srv := newServerWith(t, tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key})
			s := testSession(t, SessionOptions{Origin: srv.URL,
				Policy: Policy{CAFile: tt.ca, Robots: "ignore", Retries: 1}}, Options{AllowPrivate: true})
			r, err := s.Post(t.Context(), srv.URL, Request{ContentType: "text/plain", Body: []byte("posted")})
			if tt.ok {
				if err != nil || string(r.Body) != "posted" {
					t.Fatalf("Post = %v, %v", r, err)
				}
				n := fetched.Load()
				if r, err := s.Get(t.Context(), srv.URL, Request{}); err != nil || string(r.Body) != "safe" ||
					fetched.Load() != n {
					t.Errorf("Get = %v, %v; %d more certificates fetched", r, err, fetched.Load()-n)
				}
				return
			}
			var e *problem.Error
			if !errors.As(err, &e) || e.Rule != "certificate" || !strings.Contains(e.Error(), tt.message) {
				t.Errorf("Post = %v, want rule certificate and %q", err, tt.message)
			}
		})
	}
}

// newServerWith answers with what it is sent under a certificate, and "safe" where that is nothing.
func newServerWith(t *testing.T, certificate tls.Certificate) *httptest.Server {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(w, r.Body)
			return
		}
		_, _ = w.Write([]byte("safe"))
	}))
	srv.Config.ErrorLog = discardLog()
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// TestPerHost checks that the sources of a client together keep few requests
// open, and that a source that is reading already is not held up.
func TestPerHost(t *testing.T) {
	var now, most atomic.Int32
	enough := make(chan struct{})
	var three sync.Once
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == 3 { // there may be three more than once, when the machine is slow
			three.Do(func() { close(enough) })
		}
		select {
		case <-enough:
		case <-time.After(10 * time.Second): // where there are never three
		}
	}))
	defer srv.Close()
	c, err := NewClient(Options{AllowPrivate: true, PerHost: 3})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 8 {
		go func() {
			s, err := c.Session(SessionOptions{Origin: srv.URL,
				Policy: Policy{Robots: "ignore", Rate: Rate{Every: 1}}})
			if err == nil {
				_, err = s.Get(t.Context(), srv.URL, Request{})
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 3 {
		t.Errorf("%d requests open at once, want 3", most.Load())
	}
	h := &host{open: make(chan struct{}, 1)}
	g := &guard{}
	first, err := g.enter(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	second, err := g.enter(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	second()
	first()
	first()
	if len(h.open) != 0 || g.open.Load() != 0 {
		t.Errorf("%d places taken, %d open", len(h.open), g.open.Load())
	}
}

func TestAuthorization(t *testing.T) {
	tests := []struct {
		cfg  Policy
		want [2]string
	}{
		{Policy{}, [2]string{"Authorization", "Bearer a:b"}},
		{Policy{TokenScheme: "Token"}, [2]string{"Authorization", "Token a:b"}},
		{Policy{TokenScheme: "none"}, [2]string{"Authorization", "a:b"}},
		{Policy{TokenScheme: "Basic"}, [2]string{"Authorization", "Basic YTpi"}},
		{Policy{TokenHeader: "X-CKAN-API-Key"}, [2]string{"X-CKAN-API-Key", "a:b"}},
	}
	for _, tt := range tests {
		if got := tt.cfg.authorization("a:b\n"); got != tt.want {
			t.Errorf("authorization(%+v) = %q, want %q", tt.cfg, got, tt.want)
		}
	}
	for _, cfg := range []Policy{
		{Proxy: "http://me:pass@proxy:3128"}, {Proxy: "http://a", ProxyEnv: "B"},
		{TokenHeader: "X"}, {TokenEnv: "T", TokenHeader: "X: y"},
	} {
		if err := cfg.Validate(); err == nil || strings.Contains(err.Error(), "pass@") {
			t.Errorf("Validate(%+v) = %v", cfg, err)
		}
	}
}
