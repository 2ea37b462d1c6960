package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/vocab/w3ctest"
)

// serverProcess is a server in a process of its own.
type serverProcess struct {
	t    *testing.T
	base string
	addr string
	cmd  *exec.Cmd
}

// startProcess serves a store of a thousand quads, to which the token "secret" may
// write.
func startProcess(t *testing.T, args ...string) *serverProcess {
	t.Helper()
	return startProcessOn(t, thousandQuads(t), args...)
}

// thousandQuads makes a store.
func thousandQuads(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	file := filepath.Join(t.TempDir(), "data.nq")
	var b strings.Builder
	for i := range 500 {
		n := strconv.Itoa(i)
		b.WriteString("<http://e/s" + n + "> <http://e/p" + strconv.Itoa(i%7) + "> <http://e/s" +
			strconv.Itoa(i*7%500) + "> .\n<http://e/s" + n + "> <http://e/title> \"" + strings.Repeat("title ", 20) +
			n + "\" .\n")
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	fincat(t, exitDone, "load", "--store", dir, file)
	return dir
}

func startProcessOn(t *testing.T, dir string, args ...string) *serverProcess {
	t.Helper()
	args = append([]string{"serve", "--store", dir, "--addr", "127.0.0.1:0", "--quiet"}, args...)
	cmd := exec.Command("fincat", args...)
	cmd.Env = append(os.Environ(), tokenEnv+"=secret")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSpace(strings.TrimPrefix(line, "serving "))
	return &serverProcess{t: t, cmd: cmd, base: base, addr: strings.TrimSuffix(strings.TrimPrefix(base, "http://"),
		"/")}
}

// dial opens a connection and sends the beginning of a request.
func (p *serverProcess) dial(text string) net.Conn {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10) // little is on the way
	}
	if _, err := io.WriteString(c, text); err != nil {
		p.t.Fatal(err)
	}
	return c
}

const smallQuery = "SELECT ?o { <http://e/s7> ?p ?o }"

// small asks every kind of route that others must not block, and returns the longest
// time of each.
func (p *serverProcess) small(times int) (worst map[string]time.Duration) {
	p.t.Helper()
	worst = map[string]time.Duration{}
	for i := range times {
		for name, send := range map[string]func() (*http.Response, error){
			"query": func() (*http.Response, error) {
				return http.Get(p.base + "sparql?query=" + url.QueryEscape(smallQuery))
			},
			"posted query": func() (*http.Response, error) {
				return http.PostForm(p.base+"sparql", url.Values{"query": {smallQuery}})
			},
			"update": func() (*http.Response, error) {
				return p.request("POST", "update", "application/sparql-update",
					fmt.Sprintf("INSERT DATA { <http://e/new> <http://e/p> %d }", i))
			},
			"graph": func() (*http.Response, error) {
				return p.request("PUT", "data?graph=x:y", "text/turtle", "<a:a> <a:b> 1 .")
			},
			"page":      func() (*http.Response, error) { return http.Get(p.base + "about") },
			"catalogue": func() (*http.Response, error) { return http.Get(p.base + "catalog.ttl") },
			"admin":     func() (*http.Response, error) { return p.request("GET", "admin/queries", "", "") },
		} {
			start := time.Now()
			resp, err := send()
			if err != nil {
				p.t.Errorf("%s: %v", name, err)
				continue
			}
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode/100 != 2 {
				p.t.Errorf("%s = %s, %v", name, resp.Status, err)
			}
			worst[name] = max(worst[name], time.Since(start))
		}
	}
	return worst
}

// request sends a request with the token.
func (p *serverProcess) request(method, target, contentType, body string) (*http.Response, error) {
	req, err := http.NewRequest(method, p.base+target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer secret")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return http.DefaultClient.Do(req)
}

// atOnce asserts that small requests of every kind are answered soon: those that
// they would wait for are there for twenty seconds and more.
func (p *serverProcess) atOnce(name string) {
	p.t.Helper()
	for what, took := range p.small(3) {
		if took > 10*time.Second {
			p.t.Errorf("%s: a small request (%s) takes %v", name, what, took)
		}
	}
}

// long is a query that works for as long as it may.
const long = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f FILTER(STR(?o) < STR(?f)) }"

// TestSlowClients: clients that drip their headers or bodies, or do not read what they
// asked for, keep nobody else from being answered, however many they are and whatever
// they ask for.
func TestSlowClients(t *testing.T) {
	p := startProcess(t)
	auth := " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n"
	turtle := "Content-Type: text/turtle\r\n"
	body := "Content-Type: application/sparql-query\r\nContent-Length: 5000\r\n\r\nSELECT"
	build := url.QueryEscape("CONSTRUCT { ?s ?p ?c } WHERE { ?s ?p ?o . ?a ?b ?c }")
	big := url.QueryEscape("SELECT * { ?s ?p ?o . ?a ?b ?c }")
	for name, text := range map[string]string{
		"headers":        "GET /sparql HTTP/1.1\r\nHost: x\r\nX-Drip: ",
		"query bodies":   "POST /sparql" + auth + body,
		"update bodies":  "POST /update" + auth + strings.ReplaceAll(body, "query", "update"),
		"graph bodies":   "PUT /data?graph=x:z" + auth + turtle + "Content-Length: 5000\r\n\r\n<a:a> <a:b> 1 .",
		"chunked bodies": "POST /data?graph=x:z" + auth + turtle + "Transfer-Encoding: chunked\r\n\r\n5\r\n<a:a>",
		"admin bodies": "POST /admin/tokens" + auth +
			"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{",
		"page bodies":     "GET /search" + auth + "Content-Length: 5000\r\n\r\n{",
		"query readers":   "GET /sparql?query=" + big + auth + "\r\n",
		"gzip readers":    "GET /sparql?query=" + big + auth + "Accept-Encoding: gzip\r\n\r\n",
		"construct":       "GET /sparql?query=" + build + auth + "\r\n",
		"dump readers":    "GET /dump.nq.gz" + auth + "\r\n",
		"graph readers":   "GET /data?default" + auth + "\r\n",
		"backup readers":  "GET /admin/backup" + auth + "\r\n",
		"page readers":    "GET /query?query=" + big + auth + "\r\n",
		"catalog readers": "GET /catalog.ttl" + auth + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var slow []net.Conn
			for range 64 {
				slow = append(slow, p.dial(text))
			}
			time.Sleep(100 * time.Millisecond)
			p.atOnce(name)
			for _, c := range slow {
				c.Close()
			}
		})
	}
	resp, err := p.request("GET", "admin/queries", "", "")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// TestDrippedHeaders: a client that does not come to an end with its headers is
// hung up on, after ten seconds or whatever the server is told.
func TestDrippedHeaders(t *testing.T) {
	const wait = 300 * time.Millisecond
	srv := bareServer(t)
	if got := srv.http.ReadHeaderTimeout; got <= 0 || got > 10*time.Second {
		t.Errorf("a server waits for headers for %v", got)
	}
	srv.http.ReadHeaderTimeout = wait
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	start := time.Now()
	_ = c.SetDeadline(start.Add(20 * time.Second))
	go func() {
		text := "GET / HTTP/1.1\r\nHost: x\r\nX-Drip: "
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
			time.Sleep(wait / 20)
			text = "a"
		}
	}()
	_, _ = io.Copy(io.Discard, c) // ends with the connection
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("a client that drips its headers is waited for %v, want %v", took, wait)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestShortBesideLong: small requests are answered at once beside many long queries.
func TestShortBesideLong(t *testing.T) {
	p := startProcess(t, "--max-timeout", "30s")
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 48 {
		clients.Go(func() {
			req, err := http.NewRequestWithContext(ctx, "GET", p.base+"sparql?query="+url.QueryEscape(long), nil)
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := http.DefaultClient.Do(req); err == nil {
				t.Errorf("a long query = %s before it was cancelled", resp.Status)
				resp.Body.Close()
			}
		})
	}
	time.Sleep(2 * time.Second) // all of them are long
	var took []time.Duration
	machine := &hostileServer{t: t} // others may work on it too
	go machine.pace(ctx)
	d := 3 * time.Second
	for until := time.Now().Add(max(d, w3ctest.Campaign(t, 0)/10)); time.Now().Before(until); {
		start := time.Now()
		resp, err := http.Get(p.base + "sparql?query=" + url.QueryEscape(smallQuery))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("a small query = %s", resp.Status)
		}
		took = append(took, time.Since(start)*100/time.Duration(max(100, machine.stretch.Load())))
	}
	slices.Sort(took)
	median, worst := took[len(took)/2], took[len(took)-1]
	t.Logf("%d small queries beside 48 long ones: median %v, worst %v", len(took), median, worst)
	if median > 100*time.Millisecond || worst > time.Second {
		t.Errorf("a small query takes %v at the median, %v at worst; want 100ms and 1s", median, worst)
	}
	cancel()
	clients.Wait()
	idle(t, p)
}

// idle asserts that no query runs any more half a second after its client has left, or
// longer where the machine is busy with other things, and that little processor time goes
// into it.
func idle(t *testing.T, p *serverProcess) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	machine := &hostileServer{t: t}
	go machine.pace(ctx)
	before := p.cpu()
	defer func() {
		if used := p.cpu() - before; used > mostAfter {
			t.Errorf("%v of processor time after the client left, want %v at most", used, mostAfter)
		}
	}()
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		resp, err := p.request("GET", "admin/queries", "", "")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		switch took := time.Since(start); {
		case !strings.Contains(string(b), `"id"`):
			return
		case took > machine.stretched(mostAfter):
			t.Errorf("after %v there is still work:\n%.500s", took, b)
			return
		}
	}
}

// TestClientsLeave: when a client leaves, the work for it ends, whatever it is.
func TestClientsLeave(t *testing.T) {
	p := openProcess(t)
	for name, text := range endless(t) {
		c := p.dial(text)
		time.Sleep(300 * time.Millisecond)
		c.Close()
		t.Run(name, func(t *testing.T) { idle(t, p) })
	}
}

// endless returns requests that would work for a minute, and starts the server that
// some of them wait for.
func endless(t *testing.T) map[string]string {
	t.Helper()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that it notices when the client has gone
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	const auth = " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n"
	ask := func(route, query string) string {
		return "GET " + route + "?query=" + url.QueryEscape(query) + auth + "\r\n"
	}
	update := func(text string) string {
		return fmt.Sprintf("POST /update%sContent-Type: application/sparql-update\r\nContent-Length: %d\r\n\r\n%s",
			auth,
			len(text), text)
	}
	return map[string]string{
		"query":   ask("/sparql", long),
		"sort":    ask("/sparql", "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f } ORDER BY RAND()"),
		"path":    ask("/sparql", "SELECT * { ?s (!a|^!a)* ?o . ?o (!a|^!a)* ?x . ?x (!a|^!a)* ?y }"),
		"answer":  ask("/sparql", "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"),
		"page":    ask("/query", long),
		"service": ask("/sparql", "SELECT * { SERVICE <"+silent.URL+"/> { ?s ?p ?o } }"),
		"update": update("INSERT { ?s <http://e/x> ?f } WHERE { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f " +
			"FILTER(STR(?o) < STR(?f)) }"),
		"load": update("LOAD <" + silent.URL + "/>"),
	}
}

// openProcess is startProcess with SERVICE and LOAD open to this machine.
func openProcess(t *testing.T) *serverProcess {
	t.Helper()
	return startProcess(t, "--config", openConfig(t))
}

func openConfig(t *testing.T) string {
	return configWith(t, "sparql: {allow_private_addresses: true}\n")
}

// TestTerminated: the signal that ends a service ends any work too.
func TestTerminated(t *testing.T) {
	dir, idle := thousandQuads(t), thousandQuads(t)
	for name, text := range endless(t) {
		t.Run(name, func(t *testing.T) {
			p := startProcessOn(t, dir, "--config", openConfig(t))
			control := startProcessOn(t, idle, "--config", openConfig(t))
			c := p.dial(text)
			p.dial("POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n" +
				"Content-Length: 9\r\n\r\nASK")
			time.Sleep(300 * time.Millisecond)
			terminated(t, p, control)
			_ = c.SetReadDeadline(time.Now().Add(time.Second)) // what is on the way comes slowly
			if err := wholeAnswer(c); err == nil {
				t.Error("what the signal has ended is answered as if it were complete")
			}
		})
	}
}

// wholeAnswer reads the answer to a request; the error says why it is not a good and
// complete one.
func wholeAnswer(c net.Conn) error {
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return errors.New(resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
