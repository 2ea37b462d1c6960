package sparql_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/vocab/term"
)

// TestSuitesOnServe sends the suites to the program itself: fincat serve runs
// as a process of its own, and every test replaces its whole content.
func TestSuitesOnServe(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the suites run in process and over HTTP only")
	}
	program := filepath.Join(t.TempDir(), "fincat")
	if out, err := exec.Command("go", "build", "-o", program, "fincat/cmd/fincat").CombinedOutput(); err != nil {
		t.Fatalf("build fincat: %v\n%s", err, out)
	}
	servers := map[sparql.DefaultGraphMode]string{
		sparql.Strict: startProgram(t, program, "strict"),
		sparql.Union:  startProgram(t, program, "union"),
	}
	client := protocol.NewClient(protocol.ClientOptions{AllowPrivate: true})
	sparql.RunSuites(t, sparql.SuiteRunner{
		Query: func(ctx context.Context, e *sparql.Engine, text, base, result string) (sparql.SuiteAnswer, error) {
			server := servers[e.DefaultGraph()]
			if err := fill(ctx, e, server); err != nil {
				return nil, err
			}
			return ask(ctx, client, server, text, base, result)
		},
		Update: func(ctx context.Context, e *sparql.Engine, text, base string) ([]term.Quad, error) {
			server := servers[e.DefaultGraph()]
			if err := fill(ctx, e, server); err != nil {
				return nil, err
			}
			return change(ctx, client, server, text, base)
		},
	})
}

// startProgram starts fincat serve on an empty store and returns its address.
func startProgram(t *testing.T, program, mode string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(
		ctx,
		program,
		"serve",
		"--store",
		t.TempDir(),
		"--addr",
		"127.0.0.1:0",
		"--default-graph",
		mode,
		"--allow-updates-without-token",
	)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("fincat serve ended: %v\n%s", err, &messages)
	}
	return strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(line, "serving ")), "/")
}

// fill makes what the engine's store holds the whole content of a server.
func fill(ctx context.Context, e *sparql.Engine, server string) error {
	strict := sparql.Strict
	r, err := e.Query(
		ctx,
		"SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }",
		sparql.QueryOptions{DefaultGraph: &strict},
	)
	if err != nil {
		return err
	}
	defer r.Close()
	column := map[string]int{}
	for i, v := range r.Vars() {
		column[v] = i
	}
	var b strings.Builder
	b.WriteString("DROP ALL ; INSERT DATA {\n")
	for s, err := range r.Solutions() {
		if err != nil {
			return err
		}
		triple := term.Triple{Subject: s[column["s"]], Predicate: s[column["p"]], Object: s[column["o"]]}
		if g := s[column["g"]]; g.IsZero() {
			fmt.Fprintln(&b, triple)
		} else {
			fmt.Fprintf(&b, "GRAPH %v { %v }\n", g, triple)
		}
	}
	b.WriteString("}")
	resp, err := http.PostForm(server+"/update", url.Values{"update": {b.String()}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("fill the server: status %d", resp.StatusCode)
	}
	return nil
}
