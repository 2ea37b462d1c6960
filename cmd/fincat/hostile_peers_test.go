package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fincat/sparql/hostile"
	"fincat/vocab/w3ctest"
)

// The limits of each query that the peers are asked, and what is late beyond the first.
const (
	peerLimit = 2 * time.Second
	peerGrace = 2 * time.Second
	peerBytes = 3 << 30 // address space of what has no limit of its own, and heap of others
)

// hostilePeer is another SPARQL server that the hostile queries are asked.
type hostilePeer struct {
	name    string
	missing func() string // what has to be installed; "" when it is there
	// command starts it on an address of this machine, over a file of N-Quads.
	command func(addr, data string) *exec.Cmd
	path    string // of its endpoint
}

// hostilePeers are the servers that many people use. pyoxigraph is a library: a few lines make a
// server of it, in a process of bounded memory, since it has neither a limit of time nor of memory.
var hostilePeers = []hostilePeer{
	{name: "pyoxigraph", path: "/sparql", missing: func() string {
		if exec.Command("python3", "-c", "import pyoxigraph").Run() != nil {
			return "python3 -m pip install pyoxigraph"
		}
		return ""
	}, command: func(addr, data string) *exec.Cmd {
		return exec.Command("python3", "-c", oxigraphServer, addr, data, strconv.Itoa(peerBytes))
	}},
	{name: "Jena Fuseki", path: "/ds/sparql", missing: func() string {
		for _, jar := range []string{"jena-fuseki-main-*.jar", "log4j-core-*.jar"} {
			if found, _ := filepath.Glob(filepath.Join(os.Getenv("FINCAT_FUSEKI"), jar)); len(found) == 0 {
				return "org.apache.jena:jena-fuseki-main:5.6.0 and org.apache.logging.log4j:log4j-slf4j2-impl with " +
					"what they need, in the directory that FINCAT_FUSEKI names (mvn dependency:copy-dependencies)"
			}
		}
		return ""
	}, command: func(addr, data string) *exec.Cmd {
		_, port, _ := strings.Cut(addr, ":")
		return exec.Command("java", "-Xmx"+strconv.Itoa(peerBytes>>20)+"m", "-cp",
			filepath.Join(os.Getenv("FINCAT_FUSEKI"), "*"),
			"org.apache.jena.fuseki.main.cmds.FusekiMainCmd", "--localhost", "--port="+port,
			"--timeout="+strconv.Itoa(int(peerLimit.Milliseconds())), "--file="+data, "/ds")
	}},
	{name: "fincat", path: "/sparql", missing: func() string { return "" }, command: func(addr,
		data string) *exec.Cmd {
		store := filepath.Join(filepath.Dir(data), "store")
		if _, err := os.Stat(store); err != nil {
			if exec.Command("fincat", "load", "--store", store, data).Run() != nil {
				return exec.Command("false")
			}
		}
		return exec.Command("fincat", "serve", "--quiet", "--store", store, "--addr", addr, "--memory", "2300MiB",
			"--max-timeout", peerLimit.String())
	}},
}

// oxigraphServer serves a file of N-Quads with pyoxigraph.
const oxigraphServer = `
import resource, sys, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import pyoxigraph
most = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
store = pyoxigraph.Store()
store.load(path=sys.argv[2], format=pyoxigraph.RdfFormat.N_QUADS)
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, body = 200, b""
        try:
            answer = store.query(form["query"][0])
            if isinstance(answer, pyoxigraph.QueryBoolean):
                body = str(bool(answer)).encode()
            else:
                body = str(sum(1 for _ in answer)).encode()
        except SyntaxError as e:
            status, body = 400, str(e).encode()
        except BaseException as e:
            status, body = 500, str(e).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
host, port = sys.argv[1].split(":")
ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
`

// peerRun is one server under its queries, started anew when it has died or does not end.
type peerRun struct {
	t    *testing.T
	peer hostilePeer
	data string
	addr string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended

	asked, late, died, failed int
	most                      int64 // bytes resident
}

func (r *peerRun) start() {
	r.t.Helper()
	r.addr = freeAddress(r.t)
	r.cmd = r.peer.command(r.addr, r.data)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	cmd, done := r.cmd, make(chan struct{})
	r.done = done
	go func() { _ = cmd.Wait(); close(done) }()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if status := r.ask("ASK {}", 5*time.Second); status == http.StatusOK {
			return
		}
	}
	r.t.Fatalf("%s does not begin to answer", r.peer.name)
}

func (r *peerRun) stop() {
	_ = r.cmd.Process.Signal(syscall.SIGKILL)
	<-r.done
}

// ask returns the status of the answer, 0 when there was none in time.
func (r *peerRun) ask(query string, within time.Duration) int {
	ctx, cancel := context.WithTimeout(r.t.Context(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.addr+r.peer.path,
		strings.NewReader(url.Values{"query": {query}}.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status := statusAnswered(req); ctx.Err() == nil {
		return status
	}
	return 0
}

// abuse asks one query and notes how it went.
func (r *peerRun) abuse(q hostile.Query) {
	r.asked++
	status := r.ask(q.Text, peerLimit+peerGrace)
	if n := residentMost(r.cmd.Process.Pid); n > r.most {
		r.most = n
	}
	select {
	case <-r.done:
		r.died++
		r.start()
		return
	case <-time.After(20 * time.Millisecond): // a process that dies does so now
	}
	switch {
	case status == 0:
		r.late++
		r.stop() // what it still does would hold up the next query
		r.start()
	case status >= 500 && status != http.StatusServiceUnavailable && status != http.StatusGatewayTimeout:
		r.failed++
	}
}

// TestHostilePeers asks Oxigraph, Jena Fuseki and fincat the same hostile queries, one after the
// other, as many as a campaign has time for, and logs who survives what. None may end the process
// of fincat, or fail there.
func TestHostilePeers(t *testing.T) {
	d := w3ctest.Campaign(t, 0)
	if d == 0 {
		t.Skip("set FINCAT_CAMPAIGN to ask other servers hostile queries")
	}
	data := filepath.Join(t.TempDir(), "data.nq")
	if err := os.WriteFile(data, []byte(hostileData()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, peer := range hostilePeers {
		t.Run(peer.name, func(t *testing.T) {
			if what := peer.missing(); what != "" {
				t.Skipf("not installed: %s", what)
			}
			r := &peerRun{t: t, peer: peer, data: data}
			r.start()
			defer func() { r.stop() }()
			queries := hostile.Queries()
			for start := time.Now(); r.asked < len(queries) && time.Since(start) < d; {
				r.abuse(queries[r.asked])
			}
			t.Logf("%d of %d queries: %d had no end %v after their limit of %v, %d ended the process, %d failed; "+
				"%d MB resident at most", r.asked, len(queries), r.late, peerGrace, peerLimit, r.died,
				r.failed, r.most>>20)
			if peer.name == "fincat" && r.died+r.failed > 0 { // how late is the business of TestHostileCampaign
				t.Errorf("fincat: %d ended the process, %d failed", r.died, r.failed)
			}
		})
	}
}

// residentMost is the most memory that a process has had, 0 when it has ended.
func residentMost(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}
