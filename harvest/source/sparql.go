package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/queries"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// sparqlKind reads SPARQL endpoints. Without a query it lists the endpoint's
// DCAT datasets page by page and fetches their descriptions; a CONSTRUCT query
// of the configuration gives DCAT itself, a SELECT query one record for each
// value of the column that is mapped to identifier.
func sparqlKind() Kind {
	return Kind{Name: "sparql", Gather: gatherSPARQL, Volatile: dcatVolatile(), Check: checkSPARQL}
}

// The sizes of what is asked for at once: datasets in a list, and descriptions
// in a request, which travel in the address.
const (
	sparqlPage  = 1000
	sparqlBatch = 20
)

const acceptResults = "application/sparql-results+json, application/sparql-results+xml;q=0.9"

func checkSPARQL(c *Config) error {
	if c.SPARQL == nil || c.SPARQL.Query == "" {
		return nil
	}
	q, err := syntax.ParseQuery(c.SPARQL.Query, syntax.Options{})
	if err != nil {
		return fmt.Errorf("sparql.query: %w", err)
	}
	page := c.SPARQL.Page
	switch q.Form {
	case syntax.ConstructForm:
		if page != 0 {
			return errors.New("sparql.page: only SELECT queries are asked in pages, because a record's statements could stand on two")
		}
		return nil
	case syntax.SelectForm:
		if page < 0 || page > 0 && (q.Limit != nil || q.Offset != nil || q.Values != nil || len(q.OrderBy) == 0) {
			return errors.New("sparql.page: give the query an ORDER BY, and no LIMIT, OFFSET or VALUES at its end")
		}
		if c.SPARQL.Columns["title"] == "" {
			return errors.New("sparql.columns: say which variable is the title, as in columns: {identifier: id, title: name}")
		}
		return checkFields("sparql.columns", c.SPARQL.Columns)
	}
	return errors.New("sparql.query: write a SELECT or CONSTRUCT query")
}

func gatherSPARQL(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		var err error
		switch c := s.Config.SPARQL; {
		case c == nil || c.Query == "":
			err = s.listDatasets(ctx, yield)
		case len(c.Columns) > 0:
			err = s.selectRecords(ctx, yield)
		default:
			_, err = s.construct(ctx, c.Query, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// listDatasets lists the endpoint's datasets in the order of their IRIs, and
// asks for their descriptions batch by batch.
func (s *Session) listDatasets(ctx context.Context, yield func(*Record, error) bool) error {
	bank, err := queries.Load()
	if err != nil {
		return err
	}
	for last := ""; ; {
		page, err := s.datasetsAfter(ctx, bank, last)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(page, sparqlBatch) {
			if err := s.describeDatasets(ctx, bank, batch, yield); err != nil {
				return err
			}
		}
		if len(page) == 0 { // not only fewer: endpoints have limits of their own
			return nil
		}
		last = page[len(page)-1].Value()
	}
}

// datasetsAfter returns the next IRIs.
func (s *Session) datasetsAfter(ctx context.Context, bank *queries.Bank, last string) ([]term.Term, error) {
	q, err := bank.Text("remote-datasets", struct {
		After term.Term
		Limit int
	}{term.NewString(last), sparqlPage})
	if err != nil {
		return nil, err
	}
	var page []term.Term
	err = s.solutions(ctx, q, func(get func(string) term.Term, _ Place) error {
		d := get("d")
		if !d.IsIRI() || d.Value() <= last {
			return fail(Place{URL: s.Config.URL}, "sparql-order", "give sparql.query, a CONSTRUCT query of your own", "the endpoint does not sort the datasets: %v comes after %s", d, last)
		}
		last = d.Value()
		page = append(page, d)
		return nil
	})
	return page, err
}

func (s *Session) describeDatasets(ctx context.Context, bank *queries.Bank, datasets []term.Term, yield func(*Record, error) bool) error {
	q, err := bank.Text("remote-descriptions", struct{ Datasets []term.Term }{datasets})
	if err != nil {
		return err
	}
	found, err := s.construct(ctx, q, yield)
	if err != nil {
		return err
	}
	for _, d := range datasets {
		iri := d.Value()
		if found[iri] {
			continue
		}
		rec := broken(iri, Place{URL: s.Config.URL, Locator: d.String()}, "dataset-missing", iri, "the endpoint lists the dataset but does not describe it", "ask the endpoint's owner to look at the dataset")
		if !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

// construct yields the datasets of a CONSTRUCT query's graph, and returns
// their IRIs.
func (s *Session) construct(ctx context.Context, query string, yield func(*Record, error) bool) (map[string]bool, error) {
	r, err := s.ask(ctx, query, acceptRDF)
	if err != nil {
		return nil, err
	}
	g, err := s.graph(ctx, r)
	if err != nil {
		return nil, err
	}
	records := catalogRecords(g)
	found := map[string]bool{}
	for _, subject := range g.Datasets() {
		found[subject.Value()] = true
		rec := s.fromGraph(g, subject, records[subject], s.Config.URL)
		if rec != nil && !yield(rec, nil) {
			return found, errStopped
		}
	}
	return found, ctx.Err()
}

// selectRecords yields a record for each identifier of a SELECT query's
// solutions; solutions that follow each other with the same identifier are one
// record with several values.
func (s *Session) selectRecords(ctx context.Context, yield func(*Record, error) bool) error {
	var current fields
	var place Place
	flush := func() error {
		if current == nil {
			return nil
		}
		if rec := s.fromFields(current, place); rec != nil && !yield(rec, nil) {
			return errStopped
		}
		return nil
	}
	n := 0
	each := func(get func(string) term.Term, at Place) error {
		n++
		f := fields{}
		for name, v := range s.Config.SPARQL.Columns {
			if t := get(strings.TrimPrefix(v, "?")); !t.IsZero() {
				f[name] = t.Value()
			}
		}
		if current != nil && f.identifier() == current.identifier() {
			current.add(f)
			return nil
		}
		err := flush()
		current, place = f, at
		return err
	}
	for offset := 0; ; offset = n {
		query := s.Config.SPARQL.Query
		if s.Config.SPARQL.Page > 0 {
			query = fmt.Sprintf("%s\nLIMIT %d OFFSET %d", query, s.Config.SPARQL.Page, offset)
		}
		if err := s.solutions(ctx, query, each); err != nil {
			return err
		}
		if s.Config.SPARQL.Page == 0 || n == offset {
			return flush()
		}
	}
}

// add takes over the values of another solution about the same record.
func (f fields) add(more fields) {
	for name, v := range more {
		if name == "identifier" || name == "title" {
			continue
		}
		known := false
		for old := range strings.SplitSeq(f[name], "\n") {
			known = known || old == v
		}
		if !known {
			f[name] = strings.TrimPrefix(f[name]+"\n"+v, "\n")
		}
	}
}

// solutions hands over the solutions of a SELECT query one by one.
func (s *Session) solutions(ctx context.Context, query string, each func(get func(string) term.Term, at Place) error) error {
	r, err := s.ask(ctx, query, acceptResults)
	if err != nil {
		return err
	}
	format, ok := results.FormatByMediaType(r.contentType)
	if !ok {
		return fail(Place{URL: s.Config.URL}, "sparql-results", "set url to a SPARQL endpoint", "the answer has the media type %q, not one of SPARQL results", r.contentType)
	}
	in, err := results.Read(ctx, bytes.NewReader(r.Body), format)
	if err != nil {
		return s.badResults(err)
	}
	column := map[string]int{}
	for i, v := range in.Vars() {
		column[v] = i
	}
	n := 0
	for sol, err := range in.Solutions() {
		if err != nil {
			return s.badResults(err)
		}
		n++
		get := func(name string) term.Term {
			if i, ok := column[name]; ok {
				return sol[i]
			}
			return term.Term{}
		}
		if err := each(get, Place{s.Config.URL, "solution " + strconv.Itoa(n)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) badResults(err error) error {
	return fail(Place{URL: s.Config.URL}, "sparql-results", "harvest again; ask the endpoint's owner if it stays", "the results cannot be read: %w", err)
}

var blanks = regexp.MustCompile(`[ \t]*\n\s*`)

// maxQueryAddress is how long an address with a query in it may be; many
// servers refuse longer ones.
const maxQueryAddress = 4000

// ask sends a query by GET, a long one by POST (SPARQL 1.1 Protocol §2.1).
func (s *Session) ask(ctx context.Context, query, accept string) (*Response, error) {
	sep := "?"
	if strings.Contains(s.Config.URL, "?") {
		sep = "&"
	}
	form := "query=" + url.QueryEscape(query)
	var r *Response
	var err error
	if address := s.Config.URL + sep + form; len(address) <= maxQueryAddress {
		r, err = s.GetAccept(ctx, address, accept)
	} else {
		r, err = whole(s.fetch(ctx, s.Config.URL, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {accept}}, []byte(form)))
	}
	var e *Error
	if errors.As(err, &e) { // the address with the query in it says nothing
		e.Place = Place{URL: s.Config.URL, Locator: blanks.ReplaceAllString(query, " ")}
	}
	return r, err
}
