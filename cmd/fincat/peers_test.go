package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// freeAddress returns an address that nobody listens on. Its port is below those that systems
// hand out by themselves, so that no other program gets it before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// serveProcess starts fincat serve as a process of its own.
func serveProcess(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("fincat", append([]string{"serve", "--quiet"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Signal(os.Interrupt), cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "serving ") {
		t.Fatalf("serve printed %q, %v", line, err)
	}
	return cmd
}

// configFile writes a configuration.
func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fincat.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// harvestedRun is the report of a run as /admin/runs shows it.
type harvestedRun struct {
	Run, Status, Reason                               string
	New, Changed, Unchanged, Missing, Removed, Failed int
}

// harvestOver starts a run over HTTP and waits for its end.
func harvestOver(t *testing.T, base, source string) (last harvestedRun) {
	t.Helper()
	var begun struct{ Run string }
	call(t, "POST", base+"admin/runs/"+source+"?full=true", http.StatusAccepted, &begun, secret...)
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		var state struct {
			Sources []struct {
				Source string
				Last   *harvestedRun
			}
		}
		call(t, "GET", base+"admin/runs", http.StatusOK, &state, secret...)
		for _, s := range state.Sources {
			if s.Source == source && s.Last != nil && s.Last.Run == begun.Run {
				return *s.Last
			}
		}
	}
	t.Fatalf("run %s of %s does not end", begun.Run, source)
	return last
}

// TestPeerServers lets two servers, each a process, harvest each other in every
// form that one publishes and the other reads, for several rounds: each gets
// the other's datasets once for each form, and nothing comes back.
func TestPeerServers(t *testing.T) {
	withSecret(t)
	const n = 12
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/export" {
			http.NotFound(w, r)
			return
		}
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"id":"%d","name":"資料集%d","format":"csv","urls":["https://www.banking.gov.tw/%d.csv"]}`+"\n", 1000+i, i, i)
		}
		fmt.Fprintf(w, `{"provider":"金融監督管理委員會銀行局","datasets":[%s]}`, b.String()[1:])
	}))
	defer origin.Close()
	a, b := freeAddress(t), freeAddress(t)
	forms := []struct{ id, kind, path string }{
		{"dcat", "dcat", "catalog.ttl"}, {"jsonld", "dcat", "catalog.jsonld"}, {"dump", "dcat", "dump.nq.gz"},
		{"ckan", "ckan", ""}, {"datajson", "datajson", "data.json"},
		{"atom", "rss", "feed/atom.xml"}, {"platform", "datagovtw", "api/v1/rest/dataset"},
	}
	config := func(own, other, more string) string {
		text := fmt.Sprintf("base: http://%s/\nharvest: {allow_private_addresses: true}\nsources:\n%s", own, more)
		for _, f := range forms {
			text += fmt.Sprintf("  - {id: %s, kind: %s, url: 'http://%s/%s', rate: 1000/s, robots: ignore}\n", f.id,
				f.kind, other, f.path)
		}
		return configFile(t, text)
	}
	serveProcess(t, "--store", t.TempDir(), "--addr", a, "--config",
		config(a, b, fmt.Sprintf("  - {id: origin, kind: datagovtw, url: '%s/export', rate: 1000/s}\n", origin.URL)))
	serveProcess(t, "--store", t.TempDir(), "--addr", b, "--config", config(b, a, ""))
	aURL, bURL := "http://"+a+"/", "http://"+b+"/"
	if got := harvestOver(t, aURL, "origin"); got.New != n {
		t.Fatalf("the origin: %+v", got)
	}
	for round := range 3 {
		for _, f := range forms {
			got := harvestOver(t, bURL, f.id)
			want := harvestedRun{Run: got.Run, Status: "done", Unchanged: n}
			if round == 0 {
				want = harvestedRun{Run: got.Run, Status: "done", New: n}
			}
			if got != want {
				t.Errorf("round %d: b reads %s of a: %+v, want %+v", round, f.id, got, want)
			}
		}
		for _, f := range forms {
			if got := harvestOver(t, aURL, f.id); got.New+got.Changed+got.Unchanged > 0 {
				t.Errorf("round %d: a reads %s of b: %+v: our own datasets came back", round, f.id, got)
			}
		}
	}
}

// TestHeldStore checks with processes that a store is harvested by one process
// at a time, that the others are told by whom, and that a server harvests for them.
func TestHeldStore(t *testing.T) {
	withSecret(t)
	asked, gate := make(chan struct{}, 10), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		asked <- struct{}{}
		<-gate
		_, _ = io.WriteString(w, api("a"))
	}))
	defer web.Close()
	addr, dir := freeAddress(t), t.TempDir()
	config := configFile(t, fmt.Sprintf("base: http://%s/\nharvest: {allow_private_addresses: true}\nsources: "+
		"[{id: one, kind: openapi, url: '%s/one.json', rate: 1000/s}]\n", addr, web.URL))
	harvest := func() (string, error) {
		out, err := exec.Command("fincat", "harvest", "--store", dir, "--config", config).CombinedOutput()
		return string(out), err
	}
	first := exec.Command("fincat", "harvest", "--store", dir, "--config", config)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if out, err := harvest(); err == nil ||
		!strings.Contains(out, fmt.Sprintf("in use by fincat harvest, process %d", first.Process.Pid)) {
		t.Errorf("a second harvest beside the first = %v:\n%s", err, out)
	}
	close(gate)
	if err := first.Wait(); err != nil {
		t.Errorf("the first harvest: %v", err)
	}
	serveProcess(t, "--store", dir, "--addr", addr, "--config", config)
	if out, err := harvest(); err != nil ||
		out != "one: 0 new, 0 changed, 1 unchanged, 0 missing, 0 removed, 0 failed\n" {
		t.Errorf("a harvest beside a server = %v:\n%s", err, out)
	}
	if out, err := exec.Command("fincat", "check", "--store", dir).CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "in use by fincat serve at http://"+addr+"/") {
		t.Errorf("a check beside a server = %v:\n%s", err, out)
	}
	if got := harvestOver(t, "http://"+addr+"/", "one"); got.Unchanged != 1 {
		t.Errorf("the server's run: %+v", got)
	}
}
