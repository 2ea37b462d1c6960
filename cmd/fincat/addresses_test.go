package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAllAddresses serves on all addresses of the machine: no IRI or page has the address
// that stands for all, and what is refused without tokens is said.
func TestAllAddresses(t *testing.T) {
	t.Setenv(tokenEnv, "")
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
		dir := t.TempDir()
		fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
		base, stop := startServe(t, "--store", dir, "--addr", addr)
		if strings.Contains(base, "0.0.0.0") || strings.Contains(base, "[::]") {
			t.Errorf("on %s it serves %s", addr, base)
		}
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"", "catalog.ttl", ".well-known/void", "sparql", "data.json", "sitemap.xml",
			"about"} {
			resp, body := get(t, "http://127.0.0.1:"+u.Port()+"/"+path, "Accept", "text/turtle, text/html, */*")
			if resp.StatusCode != http.StatusOK || strings.Contains(body, "0.0.0.0") ||
				strings.Contains(body, "[::]") {
				t.Errorf("on %s, GET /%s = %s\n%.500s", addr, path, resp.Status, body)
			}
		}
		if _, stderr := stop(); !strings.Contains(stderr, "/admin are refused") {
			t.Errorf("on %s it says %q", addr, stderr)
		}
	}
	_, stop := startServe(t, "--store", t.TempDir(), "--quiet")
	if _, stderr := stop(); strings.Contains(stderr, "refused") {
		t.Errorf("on a loopback address it says %q", stderr)
	}
}

// TestBaseOfServer looks at where IRIs begin, by what the configuration says and what is
// served on.
func TestBaseOfServer(t *testing.T) {
	web := newSources(t)
	web.set("/one.json", api("a"))
	source := "harvest: {allow_private_addresses: true}\nsources: [{id: one, kind: openapi, url: '" + web.URL +
		"/one.json', rate: 1000/s}]\n"
	config := configFile(t, source)
	dir := t.TempDir()
	if _, stderr := fincat(t, exitFailed, "serve", "--store", dir, "--addr", "0.0.0.0:0", "--config",
		config); !strings.Contains(stderr, "give base:") {
		t.Errorf("without a base, on all addresses: %q", stderr)
	}
	public := configFile(t, "listen: 0.0.0.0:8080\n"+source)
	if _, stderr := fincat(t, exitFailed, "harvest", "--store", t.TempDir(), "--config", public); !strings.Contains(
		stderr, "give base:") {
		t.Errorf("a harvest without a base, with a public address: %q", stderr)
	}
	base, stop := startServe(t, "--store", dir, "--quiet", "--config", config)
	fincat(t, exitDone, "harvest", "--store", dir)
	if _, body := get(t, base+"catalog.nt"); !strings.Contains(body, "<"+base+"dataset/one/a>") {
		t.Errorf("without a base the datasets are not below %s:\n%.500s", base, body)
	}
	stop()
	again, stop := startServe(t, "--store", dir, "--quiet", "--config", config) // the store keeps its base
	if _, body := get(t, again+"catalog.nt"); !strings.Contains(body, "<"+base+"dataset/one/a>") {
		t.Errorf("on another port the datasets are not below %s any more:\n%.500s", base, body)
	}
	stop()
}

// TestConfigurationMistakes gives faulty configurations and addresses to the commands that
// use them: all say what is wrong before they do anything.
func TestConfigurationMistakes(t *testing.T) {
	const source = "base: https://e.tw/\nsources:\n  - {id: a, kind: openapi, url: 'https://e.tw/'"
	for _, tt := range []struct{ text, want string }{
		{"", "is empty"},
		{source + ", publisher: nobody}\n", "line 3: source a: publisher"},
		{source + ", token_env: FINCAT_TEST_UNSET}\n", "line 3: source a: the environment variable FINCAT_TEST_UNSET"},
		{source + ", ca_file: /nowhere.pem}\n", "line 3: source a: read ca_file"},
		{"listen: 127.0.0.1:http\n", "line 1: listen"},
		{"harvest:\n  removal_limit: 20\n", "line 2: harvest: removal_limit"},
		{"harvest: [1]\n", "line 1: a list stands where"},
	} {
		config := filepath.Join(t.TempDir(), "fincat.yaml")
		if err := os.WriteFile(config, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "store")
		for _, args := range [][]string{{"serve", "--store", dir, "--addr", "127.0.0.1:0"}, {"sources", "check"},
			{"harvest", "--store", dir}} {
			_, stderr := fincat(t, exitFailed, append(args, "--config", config)...)
			if !strings.Contains(stderr, config+": ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("%v with %q says %q, want %q", args, tt.text, stderr, tt.want)
			}
		}
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("with %q a store was made", tt.text)
		}
	}
	for addr, want := range map[string]string{
		"127.0.0.1:99999": "ports go up to 65535", "8080": "give host and port",
	} {
		for _, command := range []string{"serve", "demo"} {
			_, stderr := fincat(t, exitUsage, command, "--store", t.TempDir(), "--addr", addr)
			if !strings.Contains(stderr, want) {
				t.Errorf("%s --addr %s says %q", command, addr, stderr)
			}
		}
	}
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	busy := strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/")
	for addr, want := range map[string]string{busy: "another program uses it", "192.0.2.1:8080": "does not have"} {
		_, stderr := fincat(t, exitFailed, "serve", "--store", t.TempDir(), "--addr", addr)
		if !strings.Contains(stderr, want) || strings.Contains(stderr, "another program") != (addr == busy) {
			t.Errorf("serve --addr %s says %q", addr, stderr)
		}
	}
}
