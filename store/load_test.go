package store

import (
	"context"
	"iter"
	"os"
	"strings"
	"testing"

	"fincat/store/dict"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// TestLoad loads in small and large steps, into an empty and a filled store,
// and compares with commits of the same quads.
func TestLoad(t *testing.T) {
	ctx := context.Background()
	path, _ := writeRecords(t, 6000)
	for _, tt := range []struct {
		name   string
		fold   int
		memory int64
	}{{"as a commit", 0, 0}, {"bulk", 500, 0}, {"bulk with spills", 500, 200_000}} {
		t.Run(tt.name, func(t *testing.T) {
			s := openTest(t, Options{Dir: t.TempDir(), Sync: Interval, FoldChanges: tt.fold})
			r := newModelRun(t, s, 1)
			for i := range 30 { // part of what is loaded is there already
				if _, err := s.Commit(ctx, Change{Add: record(i, i%2)[:60]}); err != nil {
					t.Fatal(err)
				}
				for _, q := range record(i, i%2)[:60] {
					r.m[q] = true
				}
			}
			before := len(r.m)
			res, err := s.Load(ctx, []Input{{Path: path}}, LoadOptions{MemoryBytes: tt.memory})
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			for i := range 60 {
				for _, q := range record(i, 0) {
					r.m[q] = true
				}
			}
			if res.Read != 6000 || res.Added != uint64(len(r.m)-before) {
				t.Errorf("Load read %d added %d, want 6000 and %d", res.Read, res.Added, len(r.m)-before)
			}
			sn, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			defer sn.Close()
			r.checkScan(sn, r.m, Pattern{}, POSG)
			r.checkScan(sn, r.m, Pattern{}, GOSP)
			r.checkStats(sn, r.m)
		})
	}
}

func TestLoadSyntaxes(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{})
	g := term.NewIRI("https://example.tw/g")
	if err := os.WriteFile(t.TempDir()+"/x", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	res, err := s.Load(ctx, []Input{
		{
			Path:   "a.ttl",
			Reader: strings.NewReader("@prefix e: <http://e/> . e:s e:p \"甲\", _:b . _:b e:p e:o ."),
			Graph:  g,
		},
		{Path: "b.nt", Reader: strings.NewReader("_:b <http://e/p> <http://e/o> .\n"), Graph: g},
	}, LoadOptions{})
	if err != nil || res.Added != 4 {
		t.Fatalf("Load = %+v, %v, want 4 quads, blank nodes of two documents apart", res, err)
	}
	_, err = s.Load(
		ctx,
		[]Input{{Path: "c.nq", Reader: strings.NewReader("<http://e/s> <http://e/p> <http://e/o> .\nbad\n")}},
		LoadOptions{},
	)
	if err == nil || !strings.Contains(err.Error(), "2:") {
		t.Errorf("Load of a bad line = %v, want an error with line 2", err)
	}
	var problems []rdfio.Problem
	res, err = s.Load(
		ctx,
		[]Input{{Path: "c.nq", Reader: strings.NewReader("<http://e/s> <http://e/p> <http://e/o> .\nbad\n")}},
		LoadOptions{
			Lenient:   true,
			Workers:   1,
			OnProblem: func(_ string, p rdfio.Problem) { problems = append(problems, p) },
		},
	)
	if err != nil || res.Added != 1 || res.Problems != 1 || len(problems) != 1 || problems[0].Line != 2 {
		t.Errorf("lenient Load = %+v, %v, %v, want one quad and one problem in line 2", res, err, problems)
	}
}

// loadQuads is [Store.Load] for quads from elsewhere.
func loadQuads(s *Store, ctx context.Context, quads iter.Seq2[term.Quad, error], o LoadOptions) (LoadResult, error) {
	return s.load(ctx, o, func(ctx context.Context, l *loader) error {
		return l.quads(ctx, quads, &dict.Interner{Terms: s.dict, Keep: o.KeepBlankNodes}, term.Term{})
	})
}
