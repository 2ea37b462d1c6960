package feed

import (
	"compress/gzip"
	"context"
	"iter"
	"net/http"

	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Dump answers with all quads as compressed N-Quads. It is not among the routes
// of [Handler.Register], because it may take longer than those should.
func (h *Handler) Dump(w http.ResponseWriter, r *http.Request) {
	sn, err := h.Store.Snapshot()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	tag := entityTag(sn.Seq(), "dump")
	head := w.Header()
	head.Set("Content-Type", "application/gzip")
	head.Set("Content-Disposition", `attachment; filename="dump.nq.gz"`)
	head.Set("ETag", tag)
	head.Set("Last-Modified", sn.Time().UTC().Format(http.TimeFormat))
	head.Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	z := gzip.NewWriter(w)
	err = rdfio.Write(r.Context(), z, rdfio.NQuads, allQuads(r.Context(), sn), rdfio.WriteOptions{})
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(http.ErrAbortHandler) // what was sent must not look complete
	}
}

// allQuads yields every quad, graph by graph.
func allQuads(ctx context.Context, sn *store.Snapshot) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		sc, err := sn.Scan(store.Pattern{}, store.ScanOptions{Order: store.GSPO})
		if err != nil {
			yield(term.Quad{}, err)
			return
		}
		defer sc.Close()
		var b store.Batch
		var columns [4][store.BatchRows]term.Term
		for {
			more, err := sc.Next(ctx, &b)
			if err == nil && !more {
				return
			}
			for i, ids := range [4][]store.ID{b.S, b.P, b.O, b.G} {
				if err == nil {
					err = sn.Terms(ids[:b.N], columns[i][:b.N])
				}
			}
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for i := range b.N {
				if !yield(term.Quad{Subject: columns[0][i], Predicate: columns[1][i], Object: columns[2][i], Graph: columns[3][i]}, nil) {
					return
				}
			}
		}
	}
}
