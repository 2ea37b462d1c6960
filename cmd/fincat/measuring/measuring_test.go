package measuring_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/measuring"
	"fincat/sparql/bench"
)

var errUsage = errors.New("wrong use")

type foundError struct{ what string }

func (e *foundError) Error() string { return e.what }

// run carries out the command with its arguments.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := measuring.NewCommand(measuring.Host{
		WrongUse: func(_ *cobra.Command, format string, args ...any) error {
			return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
		},
		Found: func(what string) error { return &foundError{what} },
	})
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

// canned answers SELECT with some rows, refuses what is broken, and takes updates.
func canned(t *testing.T, rows string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.PostFormValue("update") != "":
			w.WriteHeader(http.StatusNoContent)
		case strings.Contains(r.PostFormValue("query"), "broken"):
			http.Error(w, "no such function", http.StatusBadRequest)
		default:
			w.Header().Set("Content-Type", "text/tab-separated-values")
			_, _ = io.WriteString(w, "?x\n"+rows)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func queryDir(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBench(t *testing.T) {
	dir := queryDir(t, map[string]string{
		"one.rq": "SELECT ?x { ?x ?p ?y }", "broken.rq": "SELECT (broken() AS ?x) {}",
		"u.ru": "INSERT DATA { <a:a> <a:b> 1 }\n# check\nSELECT ?x { ?x <a:b> 1 }\n" +
			"# undo\nDELETE DATA { <a:a> <a:b> 1 }\n",
	})
	a, b, out := canned(t, "1\n2\n"), canned(t, "2\n1\n"), filepath.Join(t.TempDir(), "report")
	args := []string{"--endpoint", a, "--against", b, "--queries", dir, "--rounds", "2", "--format", "json"}
	stdout, stderr, err := run(t, append(args, "--only", "one", "--out", out)...)
	var r bench.Report
	if err != nil || json.Unmarshal([]byte(stdout), &r) != nil || len(r.Queries) != 1 ||
		r.Queries[0].Answers != "agree" || r.Queries[0].Runs[1].Results != 2 || r.Ratio <= 0 {
		t.Fatalf("bench = %v\n%s%s", err, stdout, stderr)
	}
	for name, begin := range map[string]string{
		"bench.txt": "", "bench.csv": "query,", "bench.svg": "<svg ", "bench.json": "{"} {
		data, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.HasPrefix(string(data), begin) || !strings.Contains(string(data), "one") {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}

	// A failing query is found; updates are left out unless there are addresses for them.
	var found *foundError
	stdout, stderr, err = run(t, args...)
	if !errors.As(err, &found) || found.what != "0 answers differ, 1 queries fail, 0 time out" ||
		!strings.Contains(stderr, "1 updates are left out") || !strings.Contains(stdout, "no such function") {
		t.Errorf("bench = %v\n%s%s", err, stdout, stderr)
	}
	stdout, _, err = run(t, append(args, "--only", "u", "--update", a, "--update", b)...)
	if err != nil || !strings.Contains(stdout, `"update": true`) {
		t.Errorf("bench of an update = %v\n%s", err, stdout)
	}
	if _, _, err = run(t, append(args, "--only", "u")...); err == nil {
		t.Error("updates alone without addresses are no error")
	}
	args[3] = canned(t, "3\n")
	if _, _, err = run(t, append(args, "--only", "one")...); !errors.As(err, &found) ||
		found.what != "1 answers differ, 0 queries fail, 0 time out" {
		t.Errorf("bench of another answer = %v", err)
	}
	args[3] = "http://127.0.0.1:1/"
	if _, _, err = run(t, args...); err == nil || errors.As(err, &found) || !strings.Contains(err.Error(), args[3]) {
		t.Errorf("bench without an endpoint = %v", err)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"--endpoint", "x", "--format", "xml"}, {"--endpoint", "x", "--rounds", "0"},
		{"--endpoint", "x", "--warm-up", "-1"}, {"--endpoint", "x", "--timeout", "0s"},
		{"--endpoint", "x", "--clients", "1001"}, {"--endpoint", "x", "--against", "y", "--update", "u"},
		{"generate"}, {"generate", "--datasets", "-1"}, {"generate", "--datasets", "1", "--format", "ttl"}} {
		if _, _, err := run(t, args...); !errors.Is(err, errUsage) {
			t.Errorf("bench %q = %v", args, err)
		}
	}
}

func TestGenerate(t *testing.T) {
	nq, stderr, err := run(t, "generate", "--datasets", "30")
	if err != nil || !strings.Contains(stderr, fmt.Sprintf("30 datasets, %d statements", strings.Count(nq, "\n"))) {
		t.Errorf("generate = %v, %s", err, stderr)
	}
	again, _, _ := run(t, "generate", "--datasets", "30", "--seed", "1")
	other, _, _ := run(t, "generate", "--datasets", "30", "--seed", "2")
	if nq != again || nq == other {
		t.Error("the seed does not say which catalogue is made")
	}
	nt, _, err := run(t, "generate", "--datasets", "30", "--format", "nt")
	if err != nil || strings.Count(nt, "\n") != strings.Count(nq, "\n") || strings.Contains(nt, "/graph/") {
		t.Errorf("generate as N-Triples = %v, %d lines", err, strings.Count(nt, "\n"))
	}
}
