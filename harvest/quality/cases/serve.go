package cases

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// answer is how one request is answered.
type answer struct {
	Status   int
	Headers  map[string]string
	Body     string // file
	Text     string
	Redirect string
	Head     *answer
	Gzip     bool
	Chunked  bool
	NoLength bool `json:"no_length"`
	Length   *int
	Truncate *int
	Stall    *int    `json:"stall_after"`
	StallFor float64 `json:"stall_s"`
	Drip     *struct{ Bytes, Ms int }
	Delay    int `json:"delay_ms"`
	Cookie   string
	Endless  *struct {
		First, Line string
		Bytes       int
	}
	Deny   string  `json:"accept_deny"`
	Denied *answer // when the request accepts what is denied
}

// Request is one that came.
type Request struct {
	Listener, Method, Target string
	Header                   http.Header
	At                       time.Time
}

// Server plays the cases of a manifest.
type Server struct {
	Base, TLS, BadTLS, Trap string
	CA                      string // file with the authority of TLS

	m      *Manifest
	routes map[string][]answer
	ends   []func()

	mu    sync.Mutex
	count map[string]int
	log   []Request
}

// Serve begins to play a manifest; dir is for the file of the authority. Close ends it.
func Serve(m *Manifest, dir string) (*Server, error) {
	s := &Server{m: m, routes: map[string][]answer{}, count: map[string]int{}}
	for _, c := range m.Cases {
		for target, raw := range c.Serve {
			var list []answer
			if json.Unmarshal(raw, &list) != nil {
				var one answer
				if err := json.Unmarshal(raw, &one); err != nil {
					return nil, fmt.Errorf("case %s: %s: %w", c.ID, target, err)
				}
				list = []answer{one}
			}
			if _, twice := s.routes[target]; twice {
				return nil, fmt.Errorf("two cases serve %s", target)
			}
			s.routes[target] = list
		}
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	stranger, err := newAuthority()
	if err != nil {
		return nil, err
	}
	s.CA = filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(s.CA, authority.pem, 0o600); err != nil {
		return nil, err
	}
	for _, l := range []struct {
		name, host string
		address    *string
		from       *authorityKey
	}{
		{"base", "127.0.0.1", &s.Base, nil}, {"tls", "127.0.0.1", &s.TLS, authority},
		{"badtls", "127.0.0.1", &s.BadTLS, stranger}, {"trap", "127.0.0.2", &s.Trap, nil},
	} {
		if err := s.listen(l.name, l.host, l.address, l.from); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Server) listen(name, host string, address *string, from *authorityKey) error {
	l, err := net.Listen("tcp", host+":0")
	if err != nil && host != "127.0.0.1" { // systems that have 127.0.0.1 only
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	*address = "http://" + l.Addr().String()
	if from != nil {
		cert, err := from.certificate()
		if err != nil {
			return err
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		*address = "https://" + l.Addr().String()
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(name, w,
			r)
	}),
		ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }() // ends with Close
	s.ends = append(s.ends, func() { _ = server.Close() })
	return nil
}

// Close ends the server.
func (s *Server) Close() {
	for _, end := range s.ends {
		end()
	}
}

// Fill puts the server's addresses into a text.
func (s *Server) Fill(text string) string {
	return strings.NewReplacer("{base}", s.Base, "{tls}", s.TLS, "{badtls}", s.BadTLS, "{trap}", s.Trap).Replace(text)
}

// Log returns the requests so far.
func (s *Server) Log() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

func (s *Server) note(listener string, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, Request{listener, r.Method, r.RequestURI, r.Header.Clone(), time.Now()})
}

func (s *Server) serve(listener string, w http.ResponseWriter, r *http.Request) {
	s.note(listener, r)
	switch {
	case listener == "trap":
		w.Header().Set("Content-Type", "text/csv")
		_, _ = w.Write([]byte("機密\r\nINTERNAL\r\n"))
		return
	case r.URL.Path == "/_catalog.json":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(s.m.Catalogue(s.Fill))
		return
	}
	key, err := url.PathUnescape(r.RequestURI)
	if err != nil {
		key = r.RequestURI
	}
	list, ok := s.routes[key]
	if !ok {
		path, _, _ := strings.Cut(key, "?")
		list, ok = s.routes[path]
	}
	if !ok {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html><body>404</body></html>"))
		return
	}
	s.mu.Lock()
	n := s.count[key]
	if r.Method != http.MethodHead {
		s.count[key]++
	}
	s.mu.Unlock()
	a := list[min(n, len(list)-1)]
	if r.Method == http.MethodHead && a.Head != nil {
		a = *a.Head
	}
	if err := s.play(a, w, r); err != nil && !errors.Is(err, net.ErrClosed) {
		return // the client has gone
	}
}

// play answers a request.
func (s *Server) play(a answer, w http.ResponseWriter, r *http.Request) error {
	if a.Cookie != "" && !strings.Contains(r.Header.Get("Cookie"), a.Cookie) {
		a = answer{Status: 302, Headers: map[string]string{"Location": r.RequestURI,
			"Set-Cookie": a.Cookie + "; Path=/"}}
	}
	if a.Deny != "" && strings.Contains(r.Header.Get("Accept"), a.Deny) {
		a = *a.Denied
	}
	time.Sleep(time.Duration(a.Delay) * time.Millisecond)
	body := []byte(s.Fill(a.Text))
	if a.Body != "" {
		var err error
		if body, err = os.ReadFile(filepath.Join(s.m.dir, filepath.FromSlash(a.Body))); err != nil {
			return err
		}
	}
	status := a.Status
	if status == 0 {
		status = 200
	}
	header := http.Header{}
	for k, v := range a.Headers {
		header.Set(k, s.Fill(v))
	}
	if a.Redirect != "" {
		if a.Status == 0 {
			status = 302
		}
		header.Set("Location", s.Fill(a.Redirect))
	}
	if a.Gzip {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		_, _ = g.Write(body) // into memory
		_ = g.Close()
		body = z.Bytes()
		header.Set("Content-Encoding", "gzip")
	}
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	length := len(body)
	closes := a.NoLength || a.Endless != nil || a.Truncate != nil || a.Stall != nil
	if status == 204 || status == 304 {
		body = nil
	} else if a.Length != nil || !closes && !a.Chunked {
		if a.Length != nil {
			length = *a.Length
		}
		header.Set("Content-Length", fmt.Sprint(length))
	}
	if a.Chunked {
		header.Set("Transfer-Encoding", "chunked")
	}
	header.Set("Connection", "close")
	header.Set("Server", "Microsoft-IIS/10.0")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if err := header.Write(out); err != nil {
		return err
	}
	_, _ = out.WriteString("\r\n")
	if err := out.Flush(); err != nil || r.Method == http.MethodHead {
		return err
	}
	return a.send(body, out, out.Flush)
}

// send writes the body as the answer says.
func (a answer) send(body []byte, out interface{ Write([]byte) (int, error) }, flush func() error) error {
	switch {
	case a.Endless != nil:
		block := []byte(strings.Repeat(a.Endless.Line, 64))
		_, err := out.Write([]byte(a.Endless.First))
		for sent := 0; err == nil && sent < a.Endless.Bytes; sent += len(block) {
			_, err = out.Write(block)
		}
		return errors.Join(err, flush())
	case a.Truncate != nil:
		_, err := out.Write(body[:min(*a.Truncate, len(body))])
		return errors.Join(err, flush())
	case a.Stall != nil:
		_, err := out.Write(body[:min(*a.Stall, len(body))])
		err = errors.Join(err, flush())
		wait := a.StallFor
		if wait == 0 {
			wait = 60
		}
		time.Sleep(time.Duration(wait * float64(time.Second)))
		return err
	}
	step := max(len(body), 1)
	if a.Drip != nil {
		step = a.Drip.Bytes
	}
	for i := 0; i < len(body); i += step {
		piece := body[i:min(i+step, len(body))]
		if a.Chunked {
			piece = append(append(fmt.Appendf(nil, "%x\r\n", len(piece)), piece...), "\r\n"...)
		}
		if _, err := out.Write(piece); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
		if a.Drip != nil {
			time.Sleep(time.Duration(a.Drip.Ms) * time.Millisecond)
		}
	}
	if a.Chunked {
		_, err := out.Write([]byte("0\r\n\r\n"))
		return errors.Join(err, flush())
	}
	return nil
}

// authorityKey signs certificates of 127.0.0.1.
type authorityKey struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority() (*authorityKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cases"}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authorityKey{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, err
}

func (a *authorityKey) certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, &key.PublicKey, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
