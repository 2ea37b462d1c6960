package memento

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fincat/sparql/gate"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/sheet"
	"fincat/vocab/term"
)

// Difference is what is asked about what changed between two times.
type Difference struct {
	From, To moment.Moment
	Dataset  string // IRI of the one that is asked about; "": all
	Source   string // identifier of the one that is asked about; "": all
}

// diffParams are the parameters of a difference. The language is the page's.
var diffParams = []string{"from", "to", "dataset", "source", "lang"}

// ParseDifference reads the parameters of a difference: from, and to, which is the present by
// default; dataset or source.
func (h *Handler) ParseDifference(q url.Values) (d Difference, err error) {
	for name, values := range q {
		switch {
		case !slices.Contains(diffParams, name):
			return d, bad("the parameter %.40q is unknown; there are %s", name, strings.Join(diffParams, ", "))
		case len(values) > 1:
			return d, bad("there are %d parameters %q, one is allowed", len(values), name)
		}
	}
	if q.Get("from") == "" {
		return d, bad("since when? give from=TIME, such as from=2026-11-01; to=TIME is the present by default")
	}
	d.From, err = h.end(q.Get("from"))
	if early := (*moment.Error)(nil); errors.As(err, &early) && early.Early && h.Store.Past().Reach() == 1 {
		// The store is kept from its first commit on; before that it was empty.
		d.From = moment.Moment{Settled: true}
		d.From.Time, err = moment.Parse(q.Get("from"))
	}
	if err == nil {
		d.To, err = h.end(q.Get("to"))
	}
	if err != nil {
		return d, err
	}
	d.Dataset, d.Source = q.Get("dataset"), q.Get("source")
	switch {
	case d.Dataset != "" && d.Source != "":
		return d, bad("dataset and source select both; give one of them")
	case d.Dataset != "" && (term.CheckIRI(d.Dataset) != nil ||
		!strings.HasPrefix(d.Dataset, string(h.Base)+"dataset/")):
		return d, bad("dataset=%.80q: want the IRI of a dataset, such as %sdataset/{source}/{id}", d.Dataset, h.Base)
	case strings.ContainsAny(d.Source, "/#?"):
		return d, bad("source=%.80q: want the identifier of a source", d.Source)
	}
	return d, nil
}

func bad(format string, a ...any) error {
	return &protocol.Problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, a...)}
}

// end reads one end of a difference; "" is the present.
func (h *Handler) end(text string) (moment.Moment, error) {
	t := h.Now()
	if text != "" {
		var err error
		if t, err = moment.Parse(text); err != nil {
			return moment.Moment{}, err
		}
	}
	return moment.Find(h.Store, t, h.Now())
}

// Changes yields what a difference has, as IDs, sorted by subject. All of it is in memory, as
// part of what queries may use together, until the sequence ends.
func (h *Handler) Changes(ctx context.Context, sn *store.Snapshot, d Difference) iter.Seq2[store.Changed, error] {
	return func(yield func(store.Changed, error) bool) {
		budget := h.Engine.LookBack(ctx)
		defer budget.Close()
		graphs, err := h.graphs(ctx, sn, d)
		if err != nil {
			yield(store.Changed{}, err)
			return
		}
		n := 0
		for c, err := range sn.Difference(ctx, d.From.Seq, d.To.Seq, graphs, budget) {
			if n++; err == nil && n%256 == 0 {
				err = gate.From(ctx).Turn(ctx)
			}
			if err == nil {
				err = ctx.Err()
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// graphs are those that a difference is about, nil for all.
func (h *Handler) graphs(ctx context.Context, sn *store.Snapshot, d Difference) (map[store.ID]bool, error) {
	if d.Dataset == "" && d.Source == "" {
		return nil, nil
	}
	out := map[store.ID]bool{}
	if d.Dataset != "" {
		graph := string(h.Base) + "graph/" + strings.TrimPrefix(d.Dataset, string(h.Base)+"dataset/")
		for _, name := range []string{graph, dcat.OwnGraph(graph)} {
			id, ok, err := sn.Lookup(term.NewIRI(name))
			if err != nil {
				return nil, err
			}
			if ok {
				out[id] = true
			}
		}
		return out, nil
	}
	entries, err := h.log(ctx, sn)
	if err != nil {
		return nil, err
	}
	prefix := string(h.Base) + "graph/" + d.Source + "/"
	seen := map[store.ID]bool{}
	for i := range entries {
		e := &entries[i]
		if e.Seq <= min(d.From.Seq, d.To.Seq) || e.Seq > max(d.From.Seq, d.To.Seq) {
			continue
		}
		ids := e.graphs
		if e.many {
			if _, ids, err = sn.Entry(e.Seq); err != nil {
				return nil, err
			}
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			t, err := sn.Term(id)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(t.Value(), prefix) {
				out[id] = true
			}
		}
		if err := gate.From(ctx).Turn(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// The syntaxes of a difference.
const (
	csvType   = "text/csv"
	patchType = "application/rdf-patch"
)

// DiffTypes are the media types of differences, besides a page.
func DiffTypes() []string { return []string{patchType, csvType} }

// Diff answers with what changed between two times, as CSV or RDF Patch: by the ending of the
// path, else by Accept. It streams.
func (h *Handler) Diff(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	as := map[string]string{"/diff.csv": csvType, "/diff.rdfp": patchType}[r.URL.Path]
	if as == "" {
		var ok bool
		if as, ok = rdfio.Negotiate(strings.Join(r.Header.Values("Accept"), ","), DiffTypes()...); !ok {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotAcceptable,
				Detail: "a difference is offered as text/html, " + strings.Join(DiffTypes(), ", ")})
			return
		}
	}
	d, err := h.ParseDifference(r.URL.Query())
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	sn, err := h.Store.Snapshot()
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	defer sn.Close()
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	if d.From.Settled && d.To.Settled {
		head.Set("Cache-Control", keep)
	}
	head.Set("Access-Control-Allow-Origin", "*")
	if d.Unchanged(w, r, as) {
		return
	}
	out := &begun{w: w, as: as}
	write := h.csv
	if as == patchType {
		write = h.patch
	}
	if err := write(r.Context(), out, sn, d); err == nil {
		return
	} else if !out.wrote {
		head.Del("Access-Control-Allow-Origin")
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	panic(http.ErrAbortHandler) // break off what has begun
}

// Unchanged marks an answer about the difference, of a kind, with an ETag: what was between two
// states stays. It answers whoever has that already, and reports that it did.
func (d Difference) Unchanged(w http.ResponseWriter, r *http.Request, kind string) bool {
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, strings.Join([]string{d.Dataset, d.Source, kind}, "\x00")) // never fails
	tag := fmt.Sprintf(`W/"%d-%d-%x"`, d.From.Seq, d.To.Seq, sum.Sum64())
	w.Header().Set("ETag", tag)
	for _, has := range strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		if has = strings.TrimSpace(has); has == "*" || strings.TrimPrefix(has, "W/") == strings.TrimPrefix(tag, "W/") {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// begun notes whether an answer has begun.
type begun struct {
	w     http.ResponseWriter
	as    string
	wrote bool
}

// Write implements [io.Writer].
func (b *begun) Write(p []byte) (int, error) {
	if !b.wrote {
		b.wrote = true
		b.w.Header().Set("Content-Type", b.as+"; charset=utf-8")
	}
	return b.w.Write(p)
}

// each calls f with the quads of a difference.
func (h *Handler) each(ctx context.Context, sn *store.Snapshot, d Difference, f func(term.Quad, bool) error) error {
	for c, err := range h.Changes(ctx, sn, d) {
		if err != nil {
			return err
		}
		var t [4]term.Term
		if err := sn.Terms([]store.ID{c.S, c.P, c.O, c.G}, t[:]); err != nil {
			return err
		}
		if err := f(term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: t[3]}, c.Added); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) csv(ctx context.Context, w io.Writer, sn *store.Snapshot, d Difference) error {
	buffered := bufio.NewWriterSize(w, 32<<10)
	out := sheet.NewWriter(buffered, "change", "subject", "predicate", "object", "datatype", "language", "graph")
	err := h.each(ctx, sn, d, func(q term.Quad, added bool) error {
		change := "removed"
		if added {
			change = "added"
		}
		kind := q.Object.Datatype()
		return out.Write(change, name(q.Subject), q.Predicate.Value(), name(q.Object), kind, q.Object.Lang(),
			name(q.Graph))
	})
	if err == nil {
		err = errors.Join(out.Close(), buffered.Flush())
	}
	return err
}

// name is a term without what marks its kind, but for blank nodes.
func name(t term.Term) string {
	if t.IsBlankNode() {
		return t.String()
	}
	return t.Value()
}

// patch writes RDF Patch: a transaction of rows that remove (D) and add (A) quads. Blank nodes
// have the labels that they have in dumps.
func (h *Handler) patch(ctx context.Context, w io.Writer, sn *store.Snapshot, d Difference) error {
	out := bufio.NewWriterSize(w, 32<<10)
	for _, end := range []struct {
		name string
		m    moment.Moment
	}{{"from", d.From}, {"to", d.To}} {
		fmt.Fprintf(out, "H %s %q .\n", end.name, moment.Format(end.m.Time))
	}
	fmt.Fprintln(out, "TX .")
	err := h.each(ctx, sn, d, func(q term.Quad, added bool) error {
		row := "D "
		if added {
			row = "A "
		}
		_, err := out.WriteString(row + q.String() + "\n")
		return err
	})
	if err == nil {
		fmt.Fprintln(out, "TC .")
		err = out.Flush()
	}
	return err
}
