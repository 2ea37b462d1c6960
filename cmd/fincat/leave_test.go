package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cpu returns the processor time that the server has used.
func (p *serverProcess) cpu() time.Duration {
	p.t.Helper()
	used, err := processorTime(p.cmd.Process.Pid)
	if err != nil {
		p.t.Fatal(err)
	}
	return used
}

// processorTime returns the processor time that a process has used.
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(text, []byte(") "))
	fields := strings.Fields(string(rest)) // from the third on
	ticks := 0
	for _, f := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// quiet waits until the server does no more work, and returns how much processor time it
// has used until then. Other programs on the machine do not count.
func (p *serverProcess) quiet() time.Duration {
	p.t.Helper()
	start := p.cpu()
	last, calm := start, 0
	for until := time.Now().Add(20 * time.Second); calm < 4; time.Sleep(50 * time.Millisecond) {
		now := p.cpu()
		if calm++; now-last > 10*time.Millisecond {
			calm = 0
		}
		if last = now; time.Now().After(until) {
			p.t.Errorf("the server is still at work after 20 s")
			break
		}
	}
	return last - start
}

// atWork are commands that work through a server for longer than these tests let them.
var atWork = map[string]struct {
	args  []string
	stdin func(w io.Writer)
	waits bool // for somebody else, so that it takes no processor time
}{
	"query": {args: []string{"query", "-e", long}},
	"path": {args: []string{"query", "-e", "SELECT (COUNT(*) AS ?n) { ?s (!<x:a>|^!<x:a>)* ?o . " +
		"?o (!<x:a>|^!<x:a>)* ?x }"}},
	"update": {args: []string{"update", "-e", "INSERT { ?s <http://e/x> ?f } WHERE { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f " +
		"FILTER(STR(?o) < STR(?f)) }"}},
	"load": {args: []string{"load", "--format", "nt", "-"}, stdin: func(w io.Writer) {
		for i, err := 0, error(nil); err == nil; i++ {
			_, err = fmt.Fprintf(w, "<http://e/loaded%d> <http://e/p> \"a title that is new %d\" .\n", i, i)
		}
	}},
	"load that waits": {args: []string{"load", "--format", "ttl", "-"}, waits: true, stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, "<http://e/loaded> <http://e/p> 1 .\n")
	}},
	"dump that waits":    {args: []string{"dump"}, waits: true},
	"harvest":            {args: []string{"harvest", "large"}},
	"harvest that waits": {args: []string{"harvest", "silent"}, waits: true},
	"quality that waits": {args: []string{"quality", "run", "hanging"}, waits: true},
	"validate":           {args: []string{"validate", "--shapes", "SHAPES"}},
}

// endlessShape has a constraint that works for hours.
const endlessShape = `@prefix sh: <http://www.w3.org/ns/shacl#> .
[] a sh:NodeShape ; sh:targetSubjectsOf <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ;
  sh:sparql [ sh:select "SELECT $this { ?a ?b ?c . ?d ?e ?f FILTER(STR(?c) < STR(?f) && STR(?a) = 'none') }" ] .
`

// hangingDataset has a file that never comes, at a host.
const hangingDataset = `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<http://catalog.example/hanging> a dcat:Dataset ; dct:identifier "hanging" ; dct:title "Hanging"@en ;
  dcat:distribution [ a dcat:Distribution ; dcat:downloadURL <http://%s/silent.csv> ; dct:format "CSV" ] .
`

// working makes a store of harvested datasets, and a configuration with a source that
// takes long and one that never answers.
func working(t *testing.T) (dir, config string) {
	t.Helper()
	web := httptest.NewServer(noRobots(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent.rdf", "/silent.csv":
			<-r.Context().Done()
		case "/hanging.rdf":
			w.Header().Set("Content-Type", "text/turtle")
			_, _ = fmt.Fprintf(w, hangingDataset, r.Host)
		case "/large.rdf":
			largeCatalog(w, 20_000)
		default:
			largeCatalog(w, 400)
		}
	}))
	t.Cleanup(web.Close)
	text := "harvest: {allow_private_addresses: true}\nsources:\n"
	for _, id := range []string{"small", "twin", "large", "silent", "hanging"} {
		text += fmt.Sprintf(" - {id: %s, kind: dcat, url: '%s/%[1]s.rdf', publisher: fsc}\n", id, web.URL)
	}
	dir, config = filepath.Join(t.TempDir(), "store"), configWith(t, text)
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config, "small", "twin", "hanging")
	return dir, config
}

// begin starts a command beside the server and returns when the server works for it.
func (p *serverProcess) begin(name, dir string) *exec.Cmd {
	p.t.Helper()
	c := atWork[name]
	cmd := exec.Command("fincat", append(c.args, "--store", dir)...)
	if i := slices.Index(cmd.Args, "SHAPES"); i >= 0 {
		cmd.Args[i] = filepath.Join(p.t.TempDir(), "shapes.ttl")
		if err := os.WriteFile(cmd.Args[i], []byte(endlessShape), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	if _, err := cmd.StdoutPipe(); err != nil { // nobody reads it
		p.t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	before := p.cpu()
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	if c.stdin != nil {
		go c.stdin(in)
	}
	time.Sleep(300 * time.Millisecond)
	for until := time.Now().Add(time.Minute); !c.waits && p.cpu()-before < 250*time.Millisecond; {
		if time.Sleep(20 * time.Millisecond); time.Now().After(until) {
			p.t.Fatalf("the server does not work: %s", stderr.String())
		}
	}
	return cmd
}

// TestCommandsLeave: when a command that works through a server is killed, the work for it
// ends, whatever it is. (What 'link run' has asked for is the store's own from then on.)
func TestCommandsLeave(t *testing.T) {
	dir, config := working(t)
	p := startProcessOn(t, dir, "--config", config)
	p.quiet()
	for _, name := range slices.Sorted(maps.Keys(atWork)) {
		t.Run(name, func(t *testing.T) {
			cmd := p.begin(name, dir)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			used := p.quiet()
			if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
				t.Errorf("the command had ended before: %v", err)
			}
			if t.Logf("%v of processor time after the client left", used); used > mostAfter {
				t.Errorf("%v of processor time after the client left, want %v at most", used, mostAfter)
			}
		})
	}
}

// mostAfter is how much processor time may go into work that nobody wants any more.
const mostAfter = 500 * time.Millisecond

// terminated ends a server and an idle one at the same time. The one that works may take
// half a second longer, and half a second of its processors, on a machine that has nothing
// else to do.
func terminated(t *testing.T, p, control *serverProcess) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	machine := &hostileServer{t: t}
	go machine.pace(ctx)
	time.Sleep(50 * time.Millisecond)
	before, start := p.cpu(), time.Now()
	var took [2]time.Duration
	var ends sync.WaitGroup
	for i, s := range []*serverProcess{p, control} {
		ends.Go(func() {
			err := s.cmd.Process.Signal(syscall.SIGTERM)
			if err == nil {
				err = s.cmd.Wait()
			}
			if took[i] = time.Since(start); err != nil {
				t.Errorf("the server ends with %v", err)
			}
		})
	}
	ends.Wait()
	state := p.cmd.ProcessState
	used := state.UserTime() + state.SystemTime() - before
	t.Logf("the server ends after %v, %v of processor time, an idle one after %v", took[0], used, took[1])
	if used > mostAfter || took[0]-took[1] > machine.stretched(mostAfter) {
		t.Errorf("the server ends after %v, %v of processor time, an idle one after %v: want %v more at most", took[0],
			used, took[1], mostAfter)
	}
}

// TestCommandsTerminated: the signal that ends a service ends what it does for commands.
func TestCommandsTerminated(t *testing.T) {
	dir, config := working(t)
	idle, _ := working(t)
	for _, name := range slices.Sorted(maps.Keys(atWork)) {
		t.Run(name, func(t *testing.T) {
			p := startProcessOn(t, dir, "--config", config)
			control := startProcessOn(t, idle, "--config", config)
			p.quiet()
			cmd := p.begin(name, dir)
			terminated(t, p, control)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
}
