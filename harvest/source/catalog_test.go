package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const ttlHead = `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix tree: <https://w3id.org/tree#> . @prefix ldes: <https://w3id.org/ldes#> .
<http://d.ex/1> a dcat:Dataset ; dct:title "D" . `

// TestCatalogKept checks that what a source says of itself is kept, whatever the
// kind, and nothing else.
func TestCatalogKept(t *testing.T) {
	turtle := "text/turtle"
	tests := []struct {
		kind, path, media, body string
		marks                   int
		absent                  string
	}{
		{"dcat", "/", turtle, ttlHead + `<http://c.ex/> a dcat:Catalog ; dct:title "mk1x", "mk2x"@en ; hydra:totalItems 1 ;
			dct:publisher [ foaf:name "mk3x" ; foaf:mbox <mailto:mk4x@ex.org> ] ; dct:license <http://l.ex/mk5x> ;
			foaf:homepage <http://h.ex/mk6x> ; dcat:dataset <http://d.ex/1> ; dcat:service <http://s.ex/> ;
			dcat:catalog <http://c.ex/inner> .
			<http://s.ex/> dct:title "mk7x" .
			<http://c.ex/inner> a dcat:Catalog ; dct:title "mk8x" ; dct:spatial [ dct:title "mk9x" ] .`, 9, "totalItems"},
		{"sparql", "/", turtle, ttlHead + `<http://c.ex/> a dcat:Catalog ; dct:description "mk1x" ;
			dct:rights "mk2x" .`,
			2, ""},
		{"ldes", "/", turtle, ttlHead + `<http://c.ex/> a ldes:EventStream ; tree:member <http://d.ex/1> ; tree:view <> ;
			dct:title "mk1x" ; dct:license <http://l.ex/mk2x> ; dct:creator [ foaf:name "mk3x" ] .`, 3, "member"},
		{"datajson", "/", jsonType, `{"title":"mk1x","publisher":{"name":"mk2x"},"license":"mk3x","x":["mk4x",{"y":"mk5x"}],
			"service":[{"title":"mk6x","servesDataset":[{"@id":"1"}]}],
			"catalog":[{"title":"mk7x","dataset":[{"identifier":"2","title":"two","keyword":["of the dataset"]}]}],
			"dataset":[{"identifier":"1","title":"one"}]}`, 7, "of the dataset"},
		{"rss", "/", xmlType, `<rss version="2.0"><channel><title>mk1x</title><copyright>mk2x</copyright><image><url>mk3x</url>
			</image><item><title>of the item</title><guid>1</guid></item></channel></rss>`, 3, "of the item"},
		{"rss", "/", xmlType, `<feed xmlns="http://www.w3.org/2005/Atom"><title>mk1x</title><author><name>mk2x</name></author>
			<rights>mk3x</rights><entry><id>1</id><title>of the item</title></entry></feed>`, 3, "of the item"},
		{"oaipmh", "/?metadataPrefix=oai_dc", xmlType, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify>
			<repositoryName>mk1x</repositoryName><adminEmail>mk2x</adminEmail><description><a><b>mk3x</b></a></description>
			<granularity>YYYY</granularity></Identify><ListRecords><record><header><identifier>1</identifier></header><metadata>
			<dc><title>T</title></dc></metadata></record></ListRecords></OAI-PMH>`, 3, "YYYY"},
		{"openapi", "/", jsonType, `{"openapi":"3.0.0","info":{"title":"mk1x","version":"mk2x","contact":{"email":"mk3x"},
			"license":{"name":"mk4x"}},"tags":[{"name":"t","description":"mk5x"}],"x-own":{"a":"mk6x"},
			"paths":{"/of-the-path":{"get":{"summary":"s","responses":{}}}}}`, 6, "of-the-path"},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", tt.media)
				fmt.Fprintln(w, tt.body)
				if verb := r.URL.Query().Get("verb"); verb != "" { // no two answers of a repository are the same
					fmt.Fprintf(w, "<!-- %s -->", verb)
				}
			}))
			defer srv.Close()
			cfg := Config{ID: "a", Kind: tt.kind, URL: srv.URL + tt.path, Policy: fetch.Policy{Robots: "ignore"}}
			if tt.kind == "sparql" {
				cfg.SPARQL = &SPARQL{Query: "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"}
			}
			s := newSession(t, cfg, fetch.Options{AllowPrivate: true}, time.Time{})
			kind, _ := KindByName(tt.kind)
			n := 0
			for _, err := range kind.Gather(t.Context(), s) {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
			all := fmt.Sprint(s.Found.Title, s.Found.Description, catalogText(t, s))
			for i := range tt.marks {
				if mark := fmt.Sprintf("mk%dx", i+1); !strings.Contains(all, mark) {
					t.Errorf("%s is lost", mark)
				}
			}
			if tt.absent != "" && strings.Contains(all, tt.absent) || n == 0 {
				t.Errorf("%d records, and the catalogue says %s:\n%s", n, tt.absent, all)
			}
		})
	}
}

// catalogText returns what a source says of itself as a document, which holds no
// blank node.
func catalogText(t *testing.T, s *Session) string {
	t.Helper()
	var b strings.Builder
	w, err := rdfio.NewWriter(&b, rdfio.NTriples, rdfio.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	triples := s.Found.Catalog
	if s.Found.Service != nil {
		s.Found.Service.IRI = "http://s.ex/"
		triples = append(triples, s.Found.Service.Triples()...)
	}
	for _, tr := range triples {
		if tr.Subject.IsBlankNode() || tr.Object.IsBlankNode() {
			t.Errorf("%v has a blank node", tr)
		}
		if err := w.Write(tr.In(term.Term{})); err != nil {
			t.Error(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	return b.String()
}
