package published

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
)

// dumping stands in for the server of a store: it answers with the dump alone.
func dumping(s *store.Store) (http.Handler, func() error, error) {
	h := func(w http.ResponseWriter, r *http.Request) {
		sn, err := s.Snapshot()
		if err != nil {
			panic(err)
		}
		defer sn.Close()
		z := gzip.NewWriter(w)
		for q, err := range sn.Match(r.Context(), store.Pattern{}, store.GSPO) {
			if err != nil {
				panic(err)
			}
			_, _ = fmt.Fprintln(z, q)
		}
		_ = z.Close()
	}
	return http.HandlerFunc(h), func() error { return nil }, nil
}

// TestCheckBackup restores backups that are altered on their way.
func TestCheckBackup(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	quad := func(o string) term.Quad {
		return term.Quad{
			Subject: term.NewIRI("http://e/s"), Predicate: term.NewIRI("http://e/p"), Object: term.NewString(o),
		}
	}
	if _, err := s.Commit(t.Context(), store.Change{Add: []term.Quad{quad("a"), quad("b")}}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	tests := []struct {
		name   string
		change *store.Change
		want   string
	}{
		{"as it is", nil, ""},
		{"a quad is lost", &store.Change{Remove: []term.Quad{quad("b")}}, "backup, dump.nq.gz: ends after 1 lines"},
		{"a quad too many", &store.Change{Add: []term.Quad{quad("c")}}, `says <http://e/s> <http://e/p> "c"`},
		{"a commit too many", &store.Change{Put: map[string][]byte{"k": nil}}, "commit is 2, in the store it is 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			c := &check{Options: Options{Serve: dumping, Base: "http://e/", Out: &out}, sn: sn}
			err := c.backup(t.Context(), s, func(restored *store.Store) error {
				if tt.change == nil {
					return nil
				}
				_, err := restored.Commit(t.Context(), *tt.change)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if (c.found > 0) != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
				t.Errorf("%d differences, printed\n%s\nwant %q", c.found, out.String(), tt.want)
			}
		})
	}
}
