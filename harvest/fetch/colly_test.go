package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gocolly/colly/v2"
	"github.com/gocolly/colly/v2/queue"
)

// TestColly measures what doc.go says that colly is not used for. Where a part
// of it fails, a release has repaired something: look whether our own code for
// it can go, and correct doc.go.
func TestColly(t *testing.T) {
	url := collyServer(t)
	t.Run("environment", func(t *testing.T) {
		t.Setenv("COLLY_MAX_BODY_SIZE", "7")
		if c := colly.NewCollector(); c.MaxBodySize != 7 {
			t.Error("NewCollector reads the environment no longer")
		}
	})
	t.Run("delay", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := colly.NewCollector(colly.StdlibContext(ctx))
		const delay = 300 * time.Millisecond
		if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Delay: delay}); err != nil {
			t.Fatal(err)
		}
		c.OnResponseHeaders(func(*colly.Response) { cancel() })
		begin := time.Now()
		_ = c.Visit(url + "/")
		if time.Since(begin) < delay {
			t.Error("the delay of a LimitRule ends with the context")
		}
	})
	t.Run("queue", func(t *testing.T) {
		c := colly.NewCollector(colly.AllowedDomains("example.tw", "127.0.0.1"))
		q, err := queue.New(1, nil)
		if err != nil {
			t.Fatal(err)
		}
		var stack []byte
		failed := false
		c.OnResponse(func(*colly.Response) { stack = debug.Stack() })
		c.OnError(func(*colly.Response, error) { failed = true })
		for _, address := range []string{url + "/", "https://other.example/"} {
			if err := q.AddURL(address); err != nil {
				t.Fatal(err)
			}
		}
		if err := q.Run(c); err != nil || failed {
			t.Errorf("a queue tells that a visit was refused: %v", err)
		}
		if !bytes.Contains(stack, []byte("independentRunner")) {
			t.Error("a queue runs callbacks on the goroutine of its caller")
		}
	})
}

// TestCollyBodies pins what colly does to bodies.
func TestCollyBodies(t *testing.T) {
	url := collyServer(t)
	t.Run("cut", func(t *testing.T) {
		c := colly.NewCollector(colly.MaxBodySize(100))
		size := 0
		c.OnResponse(func(r *colly.Response) { size = len(r.Body) })
		if err := c.Visit(url + "/large"); err != nil || size != 100 {
			t.Errorf("a body above MaxBodySize: %d bytes, %v", size, err)
		}
	})
	t.Run("charset", func(t *testing.T) {
		c := colly.NewCollector()
		text := ""
		c.OnResponse(func(r *colly.Response) { text = string(r.Body) })
		if err := c.Visit(url + "/charset"); err != nil || text == "資料集" {
			t.Errorf("UTF-8 under a wrong header is kept as it is: %q, %v", text, err)
		}
	})
	t.Run("undeclared prefix", func(t *testing.T) {
		c := colly.NewCollector()
		n := 0
		c.OnXML("//loc", func(*colly.XMLElement) { n++ })
		if err := c.Visit(url + "/sitemap.xml"); err == nil || n > 0 {
			t.Errorf("OnXML reads a document with an undeclared prefix: %d elements", n)
		}
	})
	t.Run("memory", func(t *testing.T) {
		c := colly.NewCollector()
		base, used := heapInUse(), int64(0)
		c.OnXML("/urlset", func(*colly.XMLElement) { used = heapInUse() - base })
		if err := c.Visit(url + "/wide.xml"); err != nil || used < 20*4*wide {
			t.Errorf("OnXML: %d kB are in use for a document of %d kB, %v", used>>10, 4*wide>>10, err)
		}
	})
}

// collyServer returns the address of a server with what the collectors are shown.
func collyServer(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(make([]byte, 4096))
		case "/charset":
			w.Header().Set("Content-Type", "text/html; charset=big5")
			_, _ = io.WriteString(w, "資料集")
		case "/sitemap.xml":
			w.Header().Set("Content-Type", "text/xml")
			_, _ = io.WriteString(w, `<urlset><url><loc>https://e.tw/</loc><image:image/></url></urlset>`)
		case "/wide.xml":
			w.Header().Set("Content-Type", "text/xml")
			_, _ = io.WriteString(w, "<urlset>"+strings.Repeat("<a/>", wide)+"</urlset>")
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// wide is how many elements a document has, of four bytes each.
const wide = 200_000
