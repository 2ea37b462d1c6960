package protocol

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// viaHeader names the servers through which a request came: each adds itself to the
// requests that it sends for SERVICE and LOAD.
const viaHeader = "Fincat-Via"

// maxHops is through how many servers a request may come.
const maxHops = 4

type viaKey struct{}

// NoLoops refuses requests that the client itself sent, directly or through other
// servers, and those that come through too many: a query about SERVICE on its own
// endpoint would call itself without end. The client names, in what it sends for the
// requests that pass, the servers they came through.
func (c *Client) NoLoops(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := strings.Join(r.Header.Values(viaHeader), ",")
		if header == "" {
			next.ServeHTTP(w, r)
			return
		}
		var via []string
		for name := range strings.SplitSeq(header, ",") {
			if name = strings.TrimSpace(name); name != "" {
				via = append(via, name)
			}
		}
		if len(via) > maxHops || slices.Contains(via, c.id) {
			WriteProblem(w, r, problemf(http.StatusLoopDetected,
				"this request comes from a query of this server, or through more than %d others", maxHops))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), viaKey{}, via)))
	})
}

// addVia notes in a request where it comes from.
func (c *Client) addVia(ctx context.Context, h http.Header) {
	via, _ := ctx.Value(viaKey{}).([]string)
	h.Set(viaHeader, strings.Join(append(slices.Clone(via), c.id), ", "))
}
