package portal

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// below puts a path before all addresses of this server on a page, which begin with a slash:
// links, forms, styles and pictures. It is that of the catalogue's base.
func below(path string, page []byte) []byte {
	if path == "" {
		return page
	}
	var out bytes.Buffer
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken { // the end
			return out.Bytes()
		}
		raw := bytes.Clone(z.Raw()) // which reading the attributes changes
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			out.Write(raw)
			continue
		}
		t, ours := z.Token(), false
		for i, a := range t.Attr {
			address := a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction"
			if address && strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") {
				t.Attr[i].Val, ours = path+a.Val, true
			}
		}
		if ours {
			raw = []byte(t.String())
		}
		out.Write(raw)
	}
}
