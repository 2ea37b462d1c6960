package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// realProxies are programs that stand in front of a server as their packages and
// manuals have it. Each returns its command for a listener and the server's address.
var realProxies = map[string]func(t *testing.T, dir, listen, server string) []string{
	"nginx": func(t *testing.T, dir, listen, server string) []string {
		t.Helper()
		config := filepath.Join(dir, "nginx.conf")
		text := fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server { listen %[2]s; location / { proxy_pass http://%[3]s; } }
}
`, dir, listen, server)
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return []string{"-p", dir, "-c", config, "-e", "stderr"}
	},
	"caddy": func(_ *testing.T, _, listen, server string) []string {
		_, port, _ := strings.Cut(listen, ":")
		return []string{"reverse-proxy", "--from", "http://:" + port, "--to", server}
	},
}

// TestRealProxies puts real reverse proxies on the same machine in front of servers.
// Through them, too, nobody changes anything without a token, and with one everything
// works.
func TestRealProxies(t *testing.T) {
	withSecret(t)
	for name, command := range realProxies {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("no %[1]s: install Debian's package %[1]s to run it in front of a server", name)
			}
			for _, args := range [][]string{nil, {"--allow-updates-without-token"}} {
				dir := t.TempDir()
				base, stop := startServe(t, append([]string{"--store", dir, "--quiet"}, args...)...)
				server := strings.Trim(strings.TrimPrefix(base, "http://"), "/")
				listen := freeAddress(t)
				proxy := exec.Command(program, command(t, t.TempDir(), listen, server)...)
				proxy.Env = append(os.Environ(), "HOME="+t.TempDir())
				if err := proxy.Start(); err != nil {
					t.Fatal(err)
				}
				front := "http://" + listen + "/"
				waitReady(t, front)
				stranger := map[string]string{"Host": "data.example.tw"}
				for _, what := range guarded {
					want := http.StatusUnauthorized
					if args != nil {
						want = http.StatusForbidden
					}
					if resp := attempt(t, front, what, stranger); resp.StatusCode != want {
						t.Errorf("%s through %s with %v = %s, want %d", what, name, args, resp.Status, want)
					}
				}
				token := map[string]string{"Host": "data.example.tw", "Authorization": "bearer secret",
					"Origin": "https://data.example.tw", "Sec-Fetch-Site": "same-origin"}
				if resp := attempt(t, front, "POST /update", token); resp.StatusCode != http.StatusNoContent {
					t.Errorf("an update with a token through %s = %s", name, resp.Status)
				}
				if resp := attempt(t, front, "GET /sparql?query=ASK%20%7B%7D", stranger); resp.StatusCode != 200 {
					t.Errorf("a query through %s = %s", name, resp.Status)
				}
				token["Sec-Fetch-Site"] = "cross-site"
				if resp := attempt(t, front, "POST /update", token); resp.StatusCode != http.StatusForbidden {
					t.Errorf("an update of a foreign page through %s = %s", name, resp.Status)
				}
				if err := proxy.Process.Signal(os.Interrupt); err != nil {
					t.Error(err)
				}
				gone := time.AfterFunc(5*time.Second, func() { _ = proxy.Process.Kill() })
				_ = proxy.Wait() // it was told to go
				gone.Stop()
				stop()
			}
		})
	}
}
