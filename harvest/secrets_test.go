package harvest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
)

// TestSecretsStayOut checks that a token and a proxy's password are in no
// message, in nothing that is stored, and in no kept response, whatever fails.
func TestSecretsStayOut(t *testing.T) {
	const token, password = "t0ken-of-the-source", "passw0rd-of-the-proxy"
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), token) {
				t.Errorf("another host got the token in %s", name)
			}
		}
		_, _ = io.WriteString(w, specimens[0].good())
	}))
	defer away.Close()
	answers := map[string]http.HandlerFunc{
		"good":    text("application/json", specimens[0].good()),
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"away":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, away.URL, http.StatusFound) },
		"with it": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://u:p@no-such-host.invalid/", http.StatusFound)
		},
		"garbage":  raw(func(c net.Conn) { _, _ = io.WriteString(c, "garbage\r\n\r\n") }),
		"no proxy": nil,
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("X-Key"); r.Host == "data.example.tw" && got != token {
					t.Errorf("the source got the token %q", got)
				}
				if answer == nil {
					return
				}
				answer(w, r)
			}))
			defer srv.Close()
			proxy := strings.Replace(srv.URL, "http://", "http://user:"+password+"@", 1)
			dir := t.TempDir()
			cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
				"true, responses_dir: '%s'}\nsources:\n- {id: v, kind: datagovtw, url: 'http://data.example.tw/', "+
				"robots: ignore, token_env: TOKEN, token_header: X-Key, proxy_env: PROXY, retries: 1, rate: "+
				"1000000/s}\n", testBase, dir)))
			if err != nil {
				t.Fatal(err)
			}
			if answer == nil {
				srv.Close()
			}
			var log bytes.Buffer
			st := openStore(t)
			h, err := New(Options{Store: st, Config: cfg, Logger: slog.New(slog.NewTextHandler(&log, nil)),
				Getenv: func(name string) string {
					return map[string]string{"TOKEN": token, "PROXY": proxy}[name]
				}})
			if err != nil {
				t.Fatal(err)
			}
			rep := fullRun(t, h)
			said := fmt.Sprintf("%s %v %+v %s", rep, rep.Err, rep, log.String()) + stored(t, st) + kept(t, dir)
			for _, secret := range []string{token, password, "u:p@",
				base64.StdEncoding.EncodeToString([]byte("user:" + password))} {
				if strings.Contains(said, secret) {
					t.Errorf("%q is somewhere in what was said, stored or kept: %v", secret, rep.Err)
				}
			}
		})
	}
}

// stored is everything in a store.
func stored(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	for q, err := range allQuads(t, s) {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(q.String())
	}
	return b.String()
}

// kept is everything in the answers that were kept.
func kept(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*/*")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(body)
	}
	return b.String()
}

// allQuads yields everything in a store.
func allQuads(t *testing.T, s *store.Store) iter.Seq2[term.Quad, error] {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sn.Close)
	return sn.Match(t.Context(), store.Pattern{}, store.GSPO)
}
