package feed

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
)

// Dump answers with all quads as compressed N-Quads, in a file that is made once per
// commit: a download can go on where it broke off, and Repr-Digest (RFC 9530) says whether
// it is whole. It is not among the routes of [Handler.Register], because it may take
// longer than those should.
func (h *Handler) Dump(w http.ResponseWriter, r *http.Request) {
	only(func(w http.ResponseWriter, r *http.Request) {
		f, err := h.dumps.Get(r.Context())
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // what was not sent must not look complete
		}
		if err != nil {
			h.fail(w, r, err)
			return
		}
		head := w.Header()
		head.Set("Content-Type", "application/gzip")
		head.Set("Content-Disposition", `attachment; filename="dump.nq.gz"`)
		head.Set("ETag", `"`+hex.EncodeToString(f.Digest[:16])+`"`)
		head.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(f.Digest[:])+":")
		head.Set("Cache-Control", "no-cache")
		head.Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", f.Time, io.NewSectionReader(f, 0, f.Size))
	})(w, r)
}
