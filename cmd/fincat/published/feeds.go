package published

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/feed"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/canon"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// maxDifferences is how many differences are printed; the rest is counted.
const maxDifferences = 100

// check reads what a server publishes back with a second reader, knakk/rdf,
// and compares it with what the store holds.
type check struct {
	Options
	server  http.Handler
	sn      *store.Snapshot
	found   int                  // differences
	quads   int                  // of the dump
	pages   int                  // of the catalogue, in each syntax
	unread  map[rdfio.Format]int // pages that the second reader cannot read
	listed  map[string]bool      // datasets of the pages so far
	claimed string               // how many datasets the first page says there are
	beside  map[term.Quad]bool   // what pages say of a catalogue that the store does not describe
}

// Options say what is checked.
type Options struct {
	// Serve returns what a server of a store answers, until end is called.
	Serve    func(s *store.Store) (h http.Handler, end func() error, err error)
	Base     dcat.Base // of the catalogue's IRIs
	PageSize int       // datasets on a page of the catalogue
	Out      io.Writer // takes the differences, one a line, and the result
}

// Check compares the dump, the catalogue and a restored backup of a store with the
// store, and returns in how many places they differ.
func Check(ctx context.Context, s *store.Store, o Options) (found int, err error) {
	h, end, err := o.Serve(s)
	if err != nil {
		return 0, err
	}
	defer func() {
		if fault := end(); err == nil {
			err = fault
		}
	}()
	sn, err := s.Snapshot()
	if err != nil {
		return 0, err
	}
	defer sn.Close()
	c := &check{Options: o, server: h, sn: sn, unread: map[rdfio.Format]int{}, listed: map[string]bool{},
		beside: map[term.Quad]bool{}}
	if err = c.undescribed(ctx); err == nil {
		err = c.run(ctx, s)
	}
	return c.found, err
}

// undescribed notes what pages say of the catalogue where the store says nothing.
func (c *check) undescribed(ctx context.Context) error {
	said, err := feed.Names(ctx, c.sn, c.Base.Catalog(), vocab.DCTTitle)
	if err != nil || len(said) > 0 {
		return err
	}
	quads, err := feed.Undescribed(c.Base)
	for _, q := range quads {
		c.beside[q] = true
	}
	return err
}

// run checks the dump, the catalogue and a backup.
func (c *check) run(ctx context.Context, s *store.Store) error {
	if err := c.dump(ctx, "dump.nq.gz"); err != nil {
		return err
	}
	if err := c.catalog(ctx); err != nil {
		return err
	}
	if err := c.backup(ctx, s, nil); err != nil {
		return err
	}
	if c.found > maxDifferences {
		fmt.Fprintf(c.Out, "and %d more\n", c.found-maxDifferences)
	}
	if c.found > 0 {
		return nil
	}
	_, err := fmt.Fprintf(c.Out, "ok: a second reader finds %d quads in the dump and in a restored backup, and %d "+
		"datasets on %d pages of the catalogue, as they are in the store%s\n",
		c.quads, len(c.listed), c.pages, c.notRead())
	return err
}

// notRead says how many pages the second reader could not be given.
func (c *check) notRead() string {
	var parts []string
	for _, f := range feedFormats {
		if n := c.unread[f]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d pages in %s", n, f))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; it does not know how to read " + strings.Join(parts, " and ")
}

// differ prints one difference.
func (c *check) differ(place, format string, args ...any) {
	if c.found++; c.found <= maxDifferences {
		fmt.Fprintf(c.Out, "%s: %s\n", place, fmt.Sprintf(format, args...))
	}
}

// errEnough ends the comparison of the dump, where one lost line shifts all that
// follow.
var errEnough = errors.New("enough differences")

// dump compares /dump.nq.gz line by line with the quads of the store; place names it
// in what is printed.
func (c *check) dump(ctx context.Context, place string) error {
	r, w := io.Pipe()
	defer r.Close() // ends the handler when the comparison ends early
	go func() { w.CloseWithError(c.serve(ctx, "dump.nq.gz", &publishedAnswer{body: w})) }()
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", place, err)
	}
	v := rdfio.NewVerifier(rdfio.NQuads, func(m rdfio.Mismatch) error {
		at := place + ":" + strconv.Itoa(m.Line)
		if m.Err != nil {
			c.differ(at, "a second reader refuses what should say %s %v", m.Want, m.Err)
		} else {
			c.differ(at, "says %s but the store has %s", m.Got, m.Want)
		}
		if c.found >= maxDifferences {
			return errEnough
		}
		return nil
	})
	lines := bufio.NewReader(z)
	for want, err := range c.sn.Match(ctx, store.Pattern{}, store.GSPO) {
		if err != nil {
			return err
		}
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			c.differ(place, "ends after %d lines, before %s", c.quads, want)
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", place, err)
		}
		c.quads++
		if err := v.Add(want, bytes.TrimSuffix(line, []byte("\n"))); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if err := v.Close(); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if line, err := lines.ReadString('\n'); err == nil {
		c.differ(place+":"+strconv.Itoa(c.quads+1), "says %s which is not in the store", strings.TrimSpace(line))
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", place, err)
	}
	return nil
}

// feedFormats are the syntaxes in which the pages of the catalogue are read back.
// The first is compared with the store, the others with the first.
var feedFormats = []rdfio.Format{rdfio.NTriples, rdfio.Turtle, rdfio.RDFXML}

// catalog checks every page of the catalogue.
func (c *check) catalog(ctx context.Context) error {
	for last := false; !last; {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.pages++
		var triples []term.Quad
		for _, f := range feedFormats {
			path := fmt.Sprintf("catalog.%s?page=%d&page_size=%d", f.Name(), c.pages, c.PageSize)
			var body bytes.Buffer
			a := &publishedAnswer{body: &body}
			if err := c.serve(ctx, path, a); err != nil {
				return err
			}
			last = !strings.Contains(strings.Join(a.Header().Values("Link"), ", "), `rel="next"`)
			quads, ok, err := c.readBack(ctx, path, f, body.Bytes())
			switch {
			case err != nil:
				return err
			case !ok && f == rdfio.NTriples:
				return nil // there is nothing to compare the others with
			case !ok:
			case f == rdfio.NTriples:
				triples = quads
				if err := c.page(ctx, path, quads); err != nil {
					return err
				}
			default:
				c.compare(path, triples, quads)
			}
		}
	}
	if n := strconv.Itoa(len(c.listed)); n != c.claimed {
		c.differ("catalog.nt", "says that there are %s datasets and lists %s", c.claimed, n)
	}
	return nil
}

// readBack reads a page with the second reader; ok is false when it did not.
func (c *check) readBack(
	ctx context.Context, path string, f rdfio.Format, doc []byte,
) (quads []term.Quad, ok bool, err error) {
	own, err := rdfio.ReadAll(ctx, bytes.NewReader(doc), rdfio.ReadOptions{Format: f})
	if err != nil {
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		c.differ(path, "our own reader refuses it: %v", err)
		return nil, false, nil
	}
	quads, err = rdfio.ReadPeer(doc, f, string(c.Base), own)
	switch {
	case errors.Is(err, rdfio.ErrPeer):
		c.unread[f]++
		return own, true, nil
	case err != nil:
		c.differ(path, "a second reader refuses it: %v", err)
		return nil, false, nil
	}
	return quads, true, nil
}

// page compares a page with the store: what it says is there, and all that is
// there about its datasets is said.
func (c *check) page(ctx context.Context, path string, triples []term.Quad) error {
	said := map[term.Quad]bool{}
	var datasets []string
	for _, q := range triples {
		said[q] = true
		switch {
		case q.Predicate.Value() == vocab.HYDRATotalItems && c.pages == 1:
			c.claimed = q.Object.Value()
		case q.Predicate.Value() == vocab.DCATDatasetProperty && q.Subject.Value() == c.Base.Catalog():
			datasets = append(datasets, q.Object.Value())
		}
		if c.derived(q) {
			continue
		}
		there, err := isStored(ctx, c.sn, q)
		if err != nil {
			return err
		}
		if !there {
			c.differ(path, "says %s which is not in the store", q)
		}
	}
	for _, iri := range datasets {
		if c.listed[iri] {
			c.differ(path, "lists %s, which an earlier page lists too", iri)
		}
		c.listed[iri] = true
		about, err := feed.Describe(ctx, c.sn, iri)
		if err != nil {
			return err
		}
		for _, q := range about {
			if q.Graph = (term.Term{}); !said[q] {
				c.differ(path, "lacks %s which the store has", q)
			}
		}
	}
	return nil
}

// derived reports whether the page says something of itself: its place among the
// pages, and what the catalogue has on it.
func (c *check) derived(q term.Quad) bool {
	if strings.HasPrefix(q.Predicate.Value(), vocab.HYDRANS) {
		return true
	}
	isType := q.Predicate.Value() == vocab.RDFType
	if isType && strings.HasPrefix(q.Object.Value(), vocab.HYDRANS) || c.beside[q] {
		return true
	}
	return q.Subject.Value() == c.Base.Catalog() &&
		(isType || slices.Contains([]string{vocab.DCATDatasetProperty, vocab.DCATService}, q.Predicate.Value()))
}

// compare compares a page in another syntax with the page in N-Triples.
func (c *check) compare(path string, want, got []term.Quad) {
	hydra := func(q term.Quad) bool { // these name the page's own address
		return strings.HasPrefix(q.Predicate.Value(), vocab.HYDRANS) ||
			strings.HasPrefix(q.Object.Value(), vocab.HYDRANS)
	}
	added, removed := canon.Diff(slices.DeleteFunc(slices.Clone(want), hydra), slices.DeleteFunc(got, hydra))
	for _, q := range added {
		c.differ(path, "says %s which the page in N-Triples does not", q)
	}
	for _, q := range removed {
		c.differ(path, "lacks %s which the page in N-Triples has", q)
	}
}

// isStored reports whether some graph of the store has a triple.
func isStored(ctx context.Context, sn *store.Snapshot, q term.Quad) (bool, error) {
	var ids [3]store.ID
	for i, t := range [...]term.Term{q.Subject, q.Predicate, q.Object} {
		id, ok, err := sn.Lookup(t)
		if err != nil || !ok {
			return false, err
		}
		ids[i] = id
	}
	for _, err := range sn.Match(ctx, store.Pattern{S: ids[0], P: ids[1], O: ids[2]}, store.SPOG) {
		return err == nil, err
	}
	return false, nil
}

// publishedAnswer is an HTTP response that is read in this process.
type publishedAnswer struct {
	header http.Header
	status int
	body   io.Writer
}

// Header returns the fields of the answer.
func (a *publishedAnswer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader keeps the first final status.
func (a *publishedAnswer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

func (a *publishedAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// serve lets the server answer a GET of a path.
func (c *check) serve(ctx context.Context, path string, a *publishedAnswer) (err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(c.Base)+path, http.NoBody)
	if err != nil {
		return err
	}
	defer func() {
		if fault := recover(); fault != nil { // how a handler breaks an answer off
			err = fmt.Errorf("GET /%s: the answer breaks off: %v", path, fault)
		}
	}()
	c.server.ServeHTTP(a, r)
	if a.status != http.StatusOK {
		return fmt.Errorf("GET /%s: status %d", path, a.status)
	}
	return nil
}
