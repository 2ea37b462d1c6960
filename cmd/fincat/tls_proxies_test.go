package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fincat/cmd/fincat/login/logintest"
)

// tlsProxies speak TLS for a server, below a path that the first takes away and the
// second leaves there.
var tlsProxies = map[string]string{
	"nginx": `daemon off; pid DIR/pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	server {
		listen LISTEN ssl; ssl_certificate DIR/cert.pem; ssl_certificate_key DIR/key.pem;
		location PATH { proxy_pass http://SERVER/; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
	}
}
`,
	"caddy": "{\n\tadmin off\n\tauto_https off\n}\nhttps://LISTEN {\n\ttls DIR/cert.pem DIR/key.pem\n" +
		"\thandle PATH* {\n\t\treverse_proxy SERVER\n\t}\n}\n",
}

// TestTLSProxies puts real proxies with TLS in front of a server: pages lead to pages below
// the path of the catalogue, and people sign in where it has a host of its own. What the
// proxies say of the scheme does not matter, since the base says it.
func TestTLSProxies(t *testing.T) {
	p := logintest.New(t)
	p.Person = map[string]any{"sub": "1", "preferred_username": "wang", "groups": []string{"admins"}}
	t.Setenv("FINCAT_TEST_SECRET", logintest.Secret)
	login := "login:\n  issuer: " + p.URL + "\n  client_id: " + logintest.ClientID + "\n  client_secret_env: " +
		"FINCAT_TEST_SECRET\n  roles: [{claim: groups, value: admins, role: administrator}]\n"
	for name := range tlsProxies {
		t.Run(name+" with a path", func(t *testing.T) {
			client, base := behindTLS(t, name, "/open/", "")
			if at, _ := navigate(t, client, base+"catalog"); at != base+"search" {
				t.Errorf("the catalogue leads to %s", at)
			}
			followLinks(t, client, base, "", "search?q=x", "query", "about", "organisations", "quality", "profile/tw")
		})
		t.Run(name+" with a host", func(t *testing.T) {
			client, base := behindTLS(t, name, "/", login)
			signInAndOut(t, client, base)
		})
	}
}

// behindTLS starts a server with a proxy in front of it, which gives a path to it.
func behindTLS(t *testing.T, name, path, config string) (client *http.Client, base string) {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %[1]s: install Debian's package %[1]s to run it in front of a server", name)
	}
	dir, listen := t.TempDir(), freeAddress(t)
	base = "https://" + listen + path
	file := filepath.Join(dir, "fincat.yaml")
	text := "base: " + base + "\ntrusted_proxies: [127.0.0.1]\n" + config
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	serverURL, _ := startServe(t, "--store", filepath.Join(dir, "store"), "--config", file, "--quiet")
	_, server, _ := strings.Cut(strings.TrimSuffix(serverURL, "/"), "://")
	return startTLSProxy(t, program, dir, listen, server, path, tlsProxies[name]), base
}

// followLinks opens pages and what they refer to.
func followLinks(t *testing.T, client *http.Client, base string, pages ...string) {
	t.Helper()
	link := regexp.MustCompile(`<(link|a|form|img)[^>]* (?:href|src|action)="(/[^"]*)"`)
	seen := map[string]bool{}
	for _, page := range pages {
		_, body := navigate(t, client, base+page)
		links := link.FindAllStringSubmatch(body, -1)
		if len(links) < 5 {
			t.Errorf("%s has the links %v", page, links)
		}
		for _, l := range links {
			if to, ok := strings.CutPrefix(l[2], "/open/"); !ok {
				t.Errorf("%s leads to %s", page, l[2])
			} else if to, _, _ = strings.Cut(to, "?"); l[1] == "link" && !seen[to] {
				seen[to] = true
				navigate(t, client, base+to)
			}
		}
	}
}

// signInAndOut signs somebody in and out.
func signInAndOut(t *testing.T, client *http.Client, base string) {
	t.Helper()
	if at, body := navigate(t, client, base+"admin/tokens"); at != base+"admin/tokens" ||
		!strings.Contains(body, `"tokens"`) {
		t.Fatalf("after signing in there is %s: %.200s", at, body)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range client.Jar.Cookies(u) {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("there is a cookie %s", c.Name)
		}
	}
	req, err := http.NewRequest(http.MethodPost, base+"logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if at := resp.Request.URL.String(); at != base+"account" || len(client.Jar.Cookies(u)) > 0 {
		t.Errorf("signing out leads to %s, with the cookies %v", at, client.Jar.Cookies(u))
	}
}

// navigate opens a page as a browser does.
func navigate(t *testing.T, client *http.Client, address string) (at, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	req.Header.Set("Sec-Fetch-Mode", "navigate")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s leads to %s = %s, %v: %.200s", address, resp.Request.URL, resp.Status, err, b)
	}
	return resp.Request.URL.String(), string(b)
}

// startTLSProxy starts a proxy, and returns a client that knows its certificate.
func startTLSProxy(t *testing.T, program, dir, listen, server, path, config string) *http.Client {
	t.Helper()
	pool := writeCertificate(t, dir)
	file := filepath.Join(dir, "config")
	text := strings.NewReplacer("DIR", dir, "LISTEN", listen, "SERVER", server, "PATH", path).Replace(config)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-p", dir, "-c", file, "-e", "stderr"}
	if strings.HasSuffix(program, "caddy") {
		args = []string{"run", "--config", file, "--adapter", "caddyfile"}
	}
	proxy := exec.Command(program, args...)
	proxy.Env = append(os.Environ(), "HOME="+dir)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Process.Kill(); _ = proxy.Wait() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	t.Cleanup(client.CloseIdleConnections)
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if resp, err := client.Get("https://" + listen + path + "readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return client
			}
		}
	}
	t.Fatal("the proxy is not ready")
	return nil
}

// writeCertificate makes a certificate for this machine.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		text := pem.EncodeToMemory(block)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(text)
	}
	return pool
}
