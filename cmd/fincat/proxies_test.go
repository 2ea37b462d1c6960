package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// from returns whom the newest entry of the audit log is from.
func from(t *testing.T, base string) string {
	t.Helper()
	_, body := get(t, base+"admin/audit", secret...)
	lines := strings.Split(strings.TrimSpace(body), "\n")
	var e struct{ From string }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	host, _, err := net.SplitHostPort(e.From)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// updateFrom sends an update over a connection from an address of this machine, with
// something before it and more headers.
func updateFrom(t *testing.T, local, address, before string, headers ...string) (status int) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}, Timeout: time.Minute}
	c, err := d.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "%sPOST /update HTTP/1.1\r\nHost: data.example.tw\r\nAuthorization: Bearer secret\r\n%s"+
		"Content-Type: application/sparql-update\r\nContent-Length: %d\r\n\r\n%s", before, strings.Join(headers, ""),
		len(insertOne), insertOne)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// TestTrustedProxies: only proxies that the configuration names are believed, by their
// headers or by the PROXY protocol.
func TestTrustedProxies(t *testing.T) {
	withSecret(t)
	v2, err := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 1},
		&net.TCPAddr{IP: net.ParseIP("192.0.2.8"), Port: 2}).Format()
	if err != nil {
		t.Fatal(err)
	}
	const forwarded, v1 = "X-Forwarded-For: 203.0.113.1, 192.0.2.7\r\n", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n"
	for _, tt := range []struct {
		config, local, before, header string
		status                        int
		want                          string
	}{
		{"", "127.0.0.1", "", forwarded, 204, "127.0.0.1"},
		{"", "127.0.0.1", v1, "", 400, ""},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.1", "", forwarded, 204, "127.0.0.1"},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.1", v1, "", 400, ""},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.1", string(v2), "", 400, ""},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.2", "", forwarded, 204, "192.0.2.7"},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.2", v1, "", 204, "192.0.2.7"},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.2", v1, "X-Forwarded-For: 203.0.113.5\r\n", 204, "192.0.2.7"},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.2", string(v2), "", 204, "192.0.2.7"},
		{"trusted_proxies: [127.0.0.2]\n", "127.0.0.2", "PROXY UNKNOWN\r\n", "", 204, "127.0.0.2"},
		{"trusted_proxies: [127.0.0.0/8]\n", "127.0.0.2", "", "Forwarded: for=192.0.2.9\r\n", 204, "192.0.2.9"},
		{"trusted_proxies: 127.0.0.2\n", "127.0.0.2", "", forwarded, 204, "192.0.2.7"},
	} {
		base, stop := startServe(t, "--store", t.TempDir(), "--quiet", "--config", configWith(t, tt.config))
		address := strings.Trim(strings.TrimPrefix(base, "http://"), "/")
		got := updateFrom(t, tt.local, address, tt.before, tt.header)
		if got != tt.status && (got != 0 || tt.status != 400) {
			t.Errorf("%q, %s with %q %q = %d, want %d", tt.config, tt.local, tt.before, tt.header, got, tt.status)
		} else if tt.status == 204 {
			if client := from(t, base); client != tt.want {
				t.Errorf("%q, %s with %q %q is from %s, want %s", tt.config, tt.local, tt.before, tt.header,
					client, tt.want)
			}
		}
		stop()
	}
	for _, bad := range []string{"[localhost]", "[127.0.0.1/33]", "[[1]]", "['fe80::1%eth0']", "[{a: b}]", "['']"} {
		_, stderr := fincat(t, exitFailed, "serve", "--store", t.TempDir(), "--addr", "127.0.0.1:0", "--config",
			configWith(t, "trusted_proxies: "+bad+"\n"))
		if !strings.Contains(stderr, "line 2") || !strings.Contains(stderr, "10.0.0.0/8") {
			t.Errorf("trusted_proxies: %s: %s", bad, stderr)
		}
	}
}

// TestSharesBehindProxies: clients behind a proxy have shares of their own.
func TestSharesBehindProxies(t *testing.T) {
	withSecret(t)
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet", "--config",
		configWith(t, "trusted_proxies: [127.0.0.1]\n"))
	address := strings.Trim(strings.TrimPrefix(base, "http://"), "/")
	for i := range 40 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 2001:db8:0:1::%x\r\nContent-Type: "+
			"application/sparql-query\r\nContent-Length: 99\r\n\r\nASK", i+1)
	}
	ask := func(client string) int {
		resp, _ := get(t, base+"sparql?query="+url.QueryEscape("ASK {}"), "X-Forwarded-For", client)
		return resp.StatusCode
	}
	for end := time.Now().Add(time.Minute); ask("2001:db8:0:1::ffff") != 429 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // until all of these have come
	}
	for client, want := range map[string]int{"2001:db8:0:1::ffff": 429, "2001:db8:0:2::1": 200, "192.0.2.1": 200} {
		if got := ask(client); got != want {
			t.Errorf("a query of %s = %d, want %d", client, got, want)
		}
	}
}

// clientProxies are proxies that say whom a request comes from, by X-Forwarded-For or the
// PROXY protocol, in the ways that their manuals show.
var clientProxies = map[string]struct{ program, config string }{
	"nginx": {"nginx", `daemon off; pid DIR/pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	server { listen LISTEN; location / {
		proxy_pass http://SERVER; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	} }
}
`},
	"caddy": {"caddy", "{\n\tadmin off\n\tauto_https off\n}\nhttp://:PORT {\n\treverse_proxy SERVER\n}\n"},
	"nginx stream": {"nginx", "load_module " + streamModule + `;
daemon off; pid DIR/pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
stream { server { listen LISTEN; proxy_pass SERVER; proxy_protocol on; } }
`},
}

// streamModule is where Debian's package libnginx-mod-stream has what hands connections on
// with the header of the PROXY protocol.
const streamModule = "/usr/lib/nginx/modules/ngx_stream_module.so"

// TestRealClients puts real proxies in front of a server that trusts them: the client
// is whoever connects to the proxy, whatever it says of itself.
func TestRealClients(t *testing.T) {
	withSecret(t)
	for name, p := range clientProxies {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(p.program)
			if err != nil {
				t.Skipf("no %[1]s: install Debian's package %[1]s to run it in front of a server", p.program)
			}
			if _, err := os.Stat(streamModule); err != nil && strings.Contains(p.config, streamModule) {
				t.Skip("no module stream of nginx: install Debian's package libnginx-mod-stream to run it here")
			}
			base, _ := startServe(t, "--store", t.TempDir(), "--quiet", "--config",
				configWith(t, "trusted_proxies: [127.0.0.1]\n"))
			dir, listen := t.TempDir(), freeAddress(t)
			_, port, _ := strings.Cut(listen, ":")
			file := filepath.Join(dir, "config")
			text := strings.NewReplacer("DIR", dir, "LISTEN", listen, "PORT", port, "SERVER",
				strings.Trim(strings.TrimPrefix(base, "http://"), "/")).Replace(p.config)
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			args := []string{"-p", dir, "-c", file, "-e", "stderr"}
			if p.program == "caddy" {
				args = []string{"run", "--config", file, "--adapter", "caddyfile"}
			}
			proxy := exec.Command(program, args...)
			proxy.Env = append(os.Environ(), "HOME="+dir)
			if err := proxy.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = proxy.Process.Kill(); _ = proxy.Wait() }()
			waitReady(t, "http://"+listen+"/")
			for _, header := range []string{"", "X-Forwarded-For: 203.0.113.1\r\n", "X-Forwarded-For: 127.0.0.1\r\n"} {
				if got := updateFrom(t, "127.0.0.5", listen, "", header); got != 204 {
					t.Errorf("an update with %q = %d", header, got)
				}
				if got := from(t, base); got != "127.0.0.5" {
					t.Errorf("an update with %q is from %s, want 127.0.0.5", header, got)
				}
			}
		})
	}
}
