package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// TestLeftovers checks what earlier readings lost without a word or made up: one
// record is gathered, and its triples, with the problems, must have some texts and
// must not have others.
func TestLeftovers(t *testing.T) {
	table := func(c *Config) {
		c.Table = &Table{Columns: map[string]string{"identifier": "id", "title": "t", "downloadURL": "u"}}
	}
	sparqlXML := `<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="d"/>` +
		`<variable name="t"/></head><results><result><binding name="d"><literal>1</literal></binding>` +
		"<binding name=\"t\"><literal>bad\x01good</literal></binding></result></results></sparql>"
	tests := []struct {
		name, kind, media, body string
		config                  func(*Config)
		want, absent            []string
	}{
		{"two columns of one name", "table", "text/csv", "id,t,u,x,x,\n1,T,http://u.ex/a.csv,one,two,three,four\n",
			table, []string{"one", "two", "three", "four"}, nil},
		{"words for an address", "table", "text/csv", "id,t,u\n1,T,無\n", table,
			[]string{`"無"`, "address"}, []string{"/%E7%84%A1", "/無"}},
		{"a footer", "table", "text/csv", "id,t,u,n\n1,T,/a.csv,n\n,,,total 1\n",
			table, []string{"/a.csv>", "total 1"}, nil},
		{"programs as links", "html", "text/html", `<div><a href="javascript:go(1)">One</a></div><div>` +
			`<a href="javascript:go(1)">Two</a></div><p><a href="JavaScript:next()">next</a></p>`,
			func(c *Config) {
				c.HTML = &HTML{Record: "div", Next: "p a",
					Fields: map[string]string{"title": "a", "landingPage": "a@href"}}
			}, []string{`identifier> "One"`, `identifier> "Two"`, "next-page"}, []string{"<javascript"}},
		{"a control character in results", "sparql", "application/sparql-results+xml", sparqlXML, func(c *Config) {
			c.SPARQL = &SPARQL{Query: "SELECT ?d ?t {}", Columns: map[string]string{"identifier": "d", "title": "t"}}
		}, []string{"bad\uFFFDgood", "control character"}, nil},
		{"an entry that is no address", "sitemap", "application/xml",
			`<urlset><url><loc>not a url</loc></url></urlset>`,
			func(*Config) {}, []string{"address: ", "not a url"}, []string{"answered 404"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", tt.media)
				fmt.Fprint(w, tt.body)
			}))
			defer srv.Close()
			cfg := Config{ID: "a", Kind: tt.kind, URL: srv.URL + "/",
				Policy: fetch.Policy{Robots: "ignore", Retries: 1}}
			tt.config(&cfg)
			nt, txt := gatherAll(t, fetch.Options{AllowPrivate: true}, cfg, time.Time{}, nil)
			all := string(nt) + string(txt)
			for _, want := range tt.want {
				if !strings.Contains(all, want) {
					t.Errorf("%q is not among:\n%s", want, all)
				}
			}
			for _, absent := range tt.absent {
				if strings.Contains(all, absent) {
					t.Errorf("%q is among:\n%s", absent, all)
				}
			}
		})
	}
}
