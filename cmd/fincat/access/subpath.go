package access

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Below serves a catalogue whose base has a path, such as https://www.example.tw/open/,
// through a proxy that takes the path away or leaves it there: handlers see neither, and
// where they send somebody on to an address of this server the path is put before it.
func Below(base string, h http.Handler) http.Handler {
	path := BasePath(base)
	if path == "" {
		return h
	}
	stripped := http.StripPrefix(path, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = &subpathWriter{w, path}
		if strings.HasPrefix(r.URL.Path, path+"/") {
			stripped.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// BasePath is the path of a base without the slash at its end, "" for none.
func BasePath(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// folders are the first segments of addresses that have more, beside those of [Routes]: of
// resources, pages and feeds.
var folders = []string{"agent", "catalog", "code-list", "columns", "coverage", "dataset", "decision", "distribution",
	"entity", "example", "graph", "identifier", "link", "metric", "org", "orgkind", "orgrole", "profile", "quality",
	"quality-dimension", "record", "run", "scheme", "sector", "series", "service", "standard",
	"static", "theme"}

// CheckBase reports that the path of a base begins like an address of this server. A proxy may
// take the path of the base away or leave it there, and then nobody can tell which it did.
func CheckBase(base string) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(BasePath(base), "/"), "/")
	taken := slices.Contains(folders, first)
	for route := range routes {
		own, _, more := strings.Cut(strings.TrimPrefix(route, "/"), "/")
		taken = taken || more && own == first
	}
	if first == "" || !taken {
		return nil
	}
	return fmt.Errorf("base %.200q: its path begins with /%s/, like addresses of the catalogue itself, so that "+
		"behind a proxy the two cannot be told apart: give another path, such as /open/, or a host of its own",
		base, first)
}

// subpathWriter puts a path before addresses of this server.
type subpathWriter struct {
	http.ResponseWriter
	path string
}

// WriteHeader implements [http.ResponseWriter].
func (w *subpathWriter) WriteHeader(status int) {
	if to := w.Header().Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		w.Header().Set("Location", w.path+to)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *subpathWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
