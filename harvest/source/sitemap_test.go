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

// TestLostSitemap checks that the inner sitemaps which can be read are read although
// others cannot, and that the gathering is not taken for a whole one.
func TestLostSitemap(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/":
			fmt.Fprint(w, `<sitemapindex><sitemap><loc>/gone.xml</loc></sitemap><sitemap><loc>/a.xml</loc></sitemap>`+
				`<sitemap><loc>/lost.xml</loc></sitemap><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>`)
		case path == "/a.xml" || path == "/b.xml":
			fmt.Fprintf(w, `<urlset><url><loc>/p%s.html</loc></url></urlset>`, path[1:2])
		case strings.HasPrefix(path, "/p"):
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Dataset",
				"identifier": %q, "name": "T"}</script>`, path)
		case path == "/lost.xml":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	_, problems := gatherAll(t, fetch.Options{AllowPrivate: true}, Config{ID: "a", Kind: "sitemap", URL: srv.URL + "/",
		Policy: fetch.Policy{Robots: "ignore", Retries: 0}}, time.Time{}, nil)
	for _, want := range []string{"2 records", "error: ", "/gone.xml", "2 inner sitemaps could not be read"} {
		if !strings.Contains(string(problems), want) {
			t.Errorf("%q is not in %s", want, problems)
		}
	}
}
