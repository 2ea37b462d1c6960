package source

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path"
	"testing"

	"fincat/vocab/dcat"
)

// TestSharedDCAT gathers exports of real portals.
func TestSharedDCAT(t *testing.T) {
	tests := []struct {
		file    string
		records int // mapped
		broken  int
	}{
		{"portals/udata-dcat/udata.xml", 2, 0},
		{"portals/udata-dcat/catalog.xml", 4, 0},
		{"portals/udata-dcat/bnodes.jsonld", 3, 0},
		{"portals/udata-dcat/bnodes.xml", 3, 0},
		{"portals/udata-dcat/flat.jsonld", 3, 0},
		{"portals/udata-dcat/nested.jsonld", 1, 0},
		{"portals/udata-dcat/paged-collection-1.jsonld", 3, 0},
		{"portals/udata-dcat/geonetwork.xml", 1, 0},
		{"portals/udata-dcat/sig.oreme.rdf", 1, 0},
		{"portals/national-profiles/dcatap-ch_catalog.ttl", 100, 0},
		{"portals/national-profiles/dcatap-de_catalog.rdf", 1, 0},
		{"portals/ckanext-dcat/dataset_gob_es.ttl", 1, 0},
		{"portals/ckanext-dcat/dataset_sweden.rdf", 1, 0},
	}
	for _, tt := range tests {
		t.Run(path.Base(tt.file), func(t *testing.T) {
			body := sharedFile(t, "dcat/"+tt.file)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RequestURI() != "/portal.example/"+path.Base(tt.file) {
					http.NotFound(w, r)
					return
				}
				w.Write(body) // the client may have gone
			}))
			defer srv.Close()
			s := testSession(t, Config{URL: "https://portal.example/" + path.Base(tt.file)}, Options{Replay: srv.URL, Base: "https://data.example.tw/"})
			records, broken := 0, 0
			for r, err := range gatherDCAT(t.Context(), s) {
				var e *Error
				switch {
				case errors.As(err, &e) && e.Rule == "http-status": // the next page was not captured
				case err != nil:
					t.Fatal(err)
				case r.Dataset == nil:
					broken++
				default:
					if records++; len(r.Dataset.Title) == 0 {
						t.Errorf("%s has no title", r.ID)
					}
				}
			}
			if records != tt.records || broken != tt.broken {
				t.Errorf("%d records and %d broken, want %d and %d", records, broken, tt.records, tt.broken)
			}
		})
	}
}

// TestEcho checks that what another catalogue took from us does not come back.
func TestEcho(t *testing.T) {
	s := &Session{Base: "https://data.example.tw/"}
	for iri, want := range map[string]bool{"https://data.example.tw/dataset/a/1": true, "https://other.example/dataset/1": false} {
		if got := s.echo(&dcat.Dataset{IRI: iri}); got != want {
			t.Errorf("echo(%s) = %v, want %v", iri, got, want)
		}
		if got := s.echo(&dcat.Dataset{IRI: "https://other.example/x", SameAs: []string{iri}}); got != want {
			t.Errorf("echo(same as %s) = %v, want %v", iri, got, want)
		}
	}
}
