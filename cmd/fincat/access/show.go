package access

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fincat/sparql/protocol"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// WriteEntries writes entries as JSON, one a line.
func WriteEntries(w io.Writer, entries iter.Seq2[Entry, error]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for e, err := range entries {
		if err == nil {
			err = enc.Encode(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// WriteEntriesRDF writes entries in an RDF syntax.
func WriteEntriesRDF(ctx context.Context, w io.Writer, f rdfio.Format, entries iter.Seq2[Entry, error]) error {
	return rdfio.Write(ctx, w, f, entryQuads(entries), rdfio.WriteOptions{Prefixes: map[string]string{
		"fincat": vocab.FincatNS, "prov": vocab.PROVNS, "foaf": vocab.FOAFNS, "dct": vocab.DCTNS, "xsd": vocab.XSDNS,
	}})
}

// entryQuads describes entries in the default graph.
func entryQuads(entries iter.Seq2[Entry, error]) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for e, err := range entries {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for t := range e.Triples() {
				if !yield(term.Quad{Subject: t.Subject, Predicate: t.Predicate, Object: t.Object}, nil) {
					return
				}
			}
		}
	}
}

// LogHandler shows the audit log of the store in a directory: all of it, or with the parameter
// newest so many entries, the newest first, of those with numbers below the parameter before.
func LogHandler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const lines = "application/jsonl"
		accept := strings.Join(r.Header.Values("Accept"), ",")
		chosen, ok := rdfio.Negotiate(accept, lines, "application/x-ndjson", "application/json", "text/turtle",
			"application/n-triples")
		if !ok {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotAcceptable,
				Detail: "there are application/jsonl, text/turtle and application/n-triples"})
			return
		}
		entries, problem := wanted(r, dir)
		if problem != nil {
			protocol.WriteProblem(w, r, problem)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Vary", "Accept")
		var err error
		f, rdf := rdfio.FormatByMediaType(chosen)
		if rdf && chosen != "application/json" {
			w.Header().Set("Content-Type", chosen)
			err = WriteEntriesRDF(r.Context(), w, f, entries)
		} else {
			w.Header().Set("Content-Type", lines)
			err = WriteEntries(w, entries)
		}
		if err != nil {
			panic(http.ErrAbortHandler) // what was sent must not look complete
		}
	})
}

// maxNewest is how many entries can be asked for with the newest first.
const maxNewest = 1000

// wanted returns the entries that a request asks for.
func wanted(r *http.Request, dir string) (iter.Seq2[Entry, error], *protocol.Problem) {
	bad := func(name, rule string) (iter.Seq2[Entry, error], *protocol.Problem) {
		return nil, &protocol.Problem{Status: http.StatusBadRequest, Detail: name + " is " + rule}
	}
	q := r.URL.Query()
	for name := range q {
		if name != "newest" && name != "before" {
			return nil, &protocol.Problem{Status: http.StatusBadRequest,
				Detail: "there are no parameters but newest and before"}
		}
	}
	if !q.Has("newest") {
		if q.Has("before") {
			return bad("before", "for requests with newest")
		}
		return Entries(dir), nil
	}
	n, err := strconv.Atoi(q.Get("newest"))
	if err != nil || n < 1 || n > maxNewest {
		return bad("newest", "a number of entries from 1 to "+strconv.Itoa(maxNewest))
	}
	before := ^uint64(0)
	if q.Has("before") {
		if before, err = strconv.ParseUint(q.Get("before"), 10, 64); err != nil {
			return bad("before", "the number of an entry")
		}
	}
	return newest(r.Context(), Entries(dir), n, before), nil
}

// newest yields the last n entries with numbers below a given one, the newest first.
func newest(ctx context.Context, entries iter.Seq2[Entry, error], n int, before uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var last []Entry
		for e, err := range entries {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if e.Number >= before {
				break
			}
			if last = append(last, e); len(last) >= 2*n {
				last = slices.Clone(last[len(last)-n:])
			}
		}
		last = last[max(0, len(last)-n):]
		slices.Reverse(last)
		for _, e := range last {
			if !yield(e, nil) {
				return
			}
		}
	}
}
