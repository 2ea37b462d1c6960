package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	knakksparql "github.com/knakk/sparql"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
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
			return errors.New("sparql.page: only SELECT queries are asked in pages, " +
				"because a record's statements could stand on two")
		}
		return nil
	case syntax.SelectForm:
		if page < 0 || page > 0 && (q.Limit != nil || q.Offset != nil || q.Values != nil || len(q.OrderBy) == 0) {
			return errors.New("sparql.page: give the query an ORDER BY, and no LIMIT, OFFSET or VALUES at its end")
		}
		if c.SPARQL.Columns["title"] == "" {
			return errors.New("sparql.columns: say which variable is the title, " +
				"as in columns: {identifier: id, title: name}")
		}
		return mapping.CheckFields("sparql.columns", c.SPARQL.Columns)
	}
	return errors.New("sparql.query: write a SELECT or CONSTRUCT query")
}

func gatherSPARQL(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		var err error
		switch c := s.Config.SPARQL; {
		case c == nil || c.Query == "":
			err = listDatasets(ctx, s, yield)
		case len(c.Columns) > 0:
			err = selectRecords(ctx, s, yield)
		default:
			_, err = constructRecords(ctx, s, c.Query, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// listDatasets lists the endpoint's datasets in the order of their IRIs, and
// asks for their descriptions batch by batch.
func listDatasets(ctx context.Context, s *Session, yield func(*mapping.Record, error) bool) error {
	bank, err := queries.Load()
	if err != nil {
		return err
	}
	for last := ""; ; {
		page, err := datasetsAfter(ctx, s, bank, last)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(page, sparqlBatch) {
			err := describeDatasets(ctx, s, bank, batch, yield)
			if inTrouble(ctx, err) && len(batch) > 1 { // perhaps because of one of them
				err = describeEach(ctx, s, bank, batch, yield)
			}
			if err != nil {
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
func datasetsAfter(ctx context.Context, s *Session, bank *queries.Bank, last string) ([]term.Term, error) {
	q, err := bank.Text("remote-datasets", struct {
		After term.Term
		Limit int
	}{term.NewString(last), sparqlPage})
	if err != nil {
		return nil, err
	}
	r, err := askEndpoint(ctx, s, q, acceptResults)
	if err != nil {
		return nil, err
	}
	iris, err := listedIRIs(ctx, s, r)
	if err != nil {
		return nil, err
	}
	var page []term.Term
	for _, iri := range iris {
		if iri <= last {
			return nil, fail(Place{URL: s.Config.URL}, "sparql-order",
				"give sparql.query, a CONSTRUCT query of your own",
				"the endpoint does not sort the datasets: %s comes after %s", iri, last)
		}
		last = iri
		page = append(page, term.NewIRI(iri))
	}
	return page, nil
}

// listedIRIs reads the answer to the query for a page of datasets. The parser
// of knakk/sparql is right for it: a few hundred IRIs at once, in JSON, which
// nearly every endpoint prefers. What users ask for may be larger, and endpoints
// may answer in XML: that eachSolution reads.
func listedIRIs(ctx context.Context, s *Session, r *fetch.Response) (iris []string, err error) {
	if format, _ := results.FormatByMediaType(r.ContentType); format != results.JSON {
		err = readSolutions(ctx, s, r, func(_ []string, get func(string) term.Term, _ Place) error {
			if d := get("d"); !d.IsIRI() {
				return badResults(s, fmt.Errorf("%v is no IRI", d))
			}
			iris = append(iris, get("d").Value())
			return nil
		})
		return iris, err
	}
	res, err := knakksparql.ParseJSON(bytes.NewReader(r.Body))
	if err != nil {
		return nil, badResults(s, err)
	}
	if !slices.Contains(res.Head.Vars, "d") { // it reads any JSON object as an answer without solutions
		return nil, badResults(s, errors.New("the answer has no variable d"))
	}
	for _, b := range res.Results.Bindings {
		if b["d"].Type != "uri" {
			return nil, badResults(s, fmt.Errorf("%q is no IRI", b["d"].Value))
		}
		iris = append(iris, b["d"].Value)
	}
	return iris, nil
}

// inTrouble reports whether an endpoint failed over a query that it may answer
// when less is asked.
func inTrouble(ctx context.Context, err error) bool {
	var e *Error
	return errors.As(err, &e) && ctx.Err() == nil &&
		(e.Status/100 == 5 || e.Rule == "incomplete" || e.Rule == "timeout")
}

// describeEach asks for datasets one by one. Those over which the endpoint fails
// are broken records; when it fails over all of them, so does the gathering.
func describeEach(
	ctx context.Context, s *Session, bank *queries.Bank, datasets []term.Term, yield func(*mapping.Record, error) bool,
) error {
	failed := 0
	for _, d := range datasets {
		err := describeDatasets(ctx, s, bank, []term.Term{d}, yield)
		if err == nil {
			continue
		}
		if failed++; !inTrouble(ctx, err) || failed == len(datasets) {
			return err
		}
		var e *Error
		errors.As(err, &e)
		if !yield(mapping.Broken(d.Value(), e.Place, e.Rule, d.Value(), e.Err.Error(), e.Remedy), nil) {
			return errStopped
		}
	}
	return nil
}

func describeDatasets(
	ctx context.Context, s *Session, bank *queries.Bank, datasets []term.Term, yield func(*mapping.Record, error) bool,
) error {
	q, err := bank.Text("remote-descriptions", struct{ Datasets []term.Term }{datasets})
	if err != nil {
		return err
	}
	found, err := constructRecords(ctx, s, q, yield)
	if err != nil {
		return err
	}
	for _, d := range datasets {
		iri := d.Value()
		if found[iri] {
			continue
		}
		rec := mapping.Broken(iri, Place{URL: s.Config.URL, Locator: d.String()}, "dataset-missing", iri,
			"the endpoint lists the dataset but does not describe it",
			"ask the endpoint's owner to look at the dataset")
		if !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

// construct yields the datasets of a CONSTRUCT query's graph, and returns
// their IRIs.
func constructRecords(
	ctx context.Context, s *Session, query string, yield func(*mapping.Record, error) bool,
) (map[string]bool, error) {
	r, err := askEndpoint(ctx, s, query, acceptRDF)
	if err != nil {
		return nil, err
	}
	g, err := s.graph(ctx, r)
	if err != nil {
		return nil, err
	}
	if limit := rowLimit(r); limit > 0 && g.Len() >= limit {
		return nil, fail(Place{URL: s.Config.URL}, "incomplete", "ask for less at once, with a narrower sparql.query",
			"the endpoint uses %d solutions at most, and the graph has %d statements", limit, g.Len())
	}
	s.describe(g)
	found := map[string]bool{}
	for _, subject := range g.Datasets() {
		found[subject.Value()] = true
		rec := s.FromGraph(g, subject, s.Config.URL)
		if rec != nil && !yield(rec, nil) {
			return found, errStopped
		}
	}
	return found, ctx.Err()
}

// selectRecords yields a record for each identifier of a SELECT query's
// solutions; solutions that follow each other with the same identifier are one
// record with several values.
func selectRecords(ctx context.Context, s *Session, yield func(*mapping.Record, error) bool) error {
	var current mapping.Fields
	var place Place
	var literals map[string][]term.Term // of the fields
	var others []map[string]any
	flush := func() error {
		if current == nil {
			return nil
		}
		rec := s.FromLines(current, place)
		if rec == nil {
			return nil
		}
		if rec.Dataset != nil {
			s.CarryFields(rec, s.Tagged(rec, current, literals))
			left := s.Carrier(rec)
			for _, o := range others {
				left.Rest(o, nil)
			}
		}
		if !yield(rec, nil) {
			return errStopped
		}
		return nil
	}
	n := 0
	var page document.Contents
	each := func(vars []string, get func(string) term.Term, at Place) error {
		n++
		var row strings.Builder
		for _, v := range vars {
			row.WriteString(get(v).String() + "\n")
		}
		page.Add(row.String())
		terms, other := s.valuesOf(vars, get)
		f := mapping.Fields{}
		for name, t := range terms {
			f[name] = t.Value()
		}
		var err error
		if current != nil && f.Identifier() == current.Identifier() {
			addValues(current, f)
		} else {
			err = flush()
			current, place, literals, others = f, at, map[string][]term.Term{}, nil
		}
		for name, t := range terms {
			if !slices.Contains(literals[name], t) {
				literals[name] = append(literals[name], t)
			}
		}
		others = append(others, other)
		return err
	}
	for offset := 0; ; offset = n {
		query := s.Config.SPARQL.Query
		if s.Config.SPARQL.Page > 0 {
			query = fmt.Sprintf("%s\nLIMIT %d OFFSET %d", query, s.Config.SPARQL.Page, offset)
		}
		page = document.Contents{}
		r, err := eachSolution(ctx, s, query, each)
		if err != nil {
			return err
		}
		if s.pages.FreshContents(s.Config.URL, page) != nil {
			return fail(Place{URL: s.Config.URL}, "repeated-page", "leave sparql.page out if the endpoint "+
				"does not know OFFSET; else give the query an ORDER BY that tells all solutions apart",
				"the same solutions came again and again, last with OFFSET %d", offset)
		}
		if s.Config.SPARQL.Page == 0 {
			return errors.Join(flush(), s.whole(r, n))
		}
		if n == offset {
			return flush()
		}
	}
}

// valuesOf returns the values of a solution by field, and those of the variables that are
// no column by their names.
func (s *Session) valuesOf(vars []string, get func(string) term.Term) (map[string]term.Term, map[string]any) {
	terms, other := map[string]term.Term{}, map[string]any{}
	for name, v := range s.Config.SPARQL.Columns {
		if t := get(strings.TrimPrefix(v, "?")); !t.IsZero() {
			terms[name] = t
		}
	}
	for _, v := range vars {
		switch t := get(v); {
		case t.IsZero() || s.isColumn(v):
		case t.IsBlankNode():
			other[v] = t.Value()
		default:
			other[v] = t
		}
	}
	return terms, other
}

// isColumn reports whether a variable is mapped to a field.
func (s *Session) isColumn(variable string) bool {
	for _, v := range s.Config.SPARQL.Columns {
		if strings.TrimPrefix(v, "?") == variable {
			return true
		}
	}
	return false
}

// addValues takes over the values of another solution about the same record.
func addValues(f, more mapping.Fields) {
	for name, v := range more {
		if name == "identifier" {
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

// solutionFunc takes a solution: the values of its variables, and where it
// stands.
type solutionFunc func(vars []string, get func(variable string) term.Term, at Place) error

// eachSolution hands over the solutions of a SELECT query one by one.
func eachSolution(ctx context.Context, s *Session, query string, each solutionFunc) (*fetch.Response, error) {
	r, err := askEndpoint(ctx, s, query, acceptResults)
	if err != nil {
		return nil, err
	}
	return r, readSolutions(ctx, s, r, each)
}

// readSolutions hands over the solutions of an answer one by one.
func readSolutions(ctx context.Context, s *Session, r *fetch.Response, each solutionFunc) error {
	format, ok := results.FormatByMediaType(r.ContentType)
	if !ok {
		return fail(Place{URL: s.Config.URL}, "sparql-results", "set url to a SPARQL endpoint",
			"the answer has the media type %q, not one of SPARQL results", r.ContentType)
	}
	body, err := repaired(r, format)
	if err != nil {
		return err
	}
	in, err := results.Read(ctx, bytes.NewReader(body), format)
	if err != nil {
		return badResults(s, err)
	}
	column := map[string]int{}
	for i, v := range in.Vars() {
		column[v] = i
	}
	n := 0
	for sol, err := range in.Solutions() {
		if err != nil {
			return badResults(s, err)
		}
		n++
		get := func(name string) term.Term {
			if i, ok := column[name]; ok {
				return sol[i]
			}
			return term.Term{}
		}
		if err := each(in.Vars(), get, placeAt(s.Config.URL, "solution "+strconv.Itoa(n))); err != nil {
			return err
		}
	}
	return nil
}

// repaired returns the text of results with the characters repaired that their
// format does not allow.
func repaired(r *fetch.Response, format results.Format) ([]byte, error) {
	switch format {
	case results.XML:
		return document.XMLText(r)
	case results.JSON:
		return document.JSONText(r)
	}
	return r.UTF8()
}

func badResults(s *Session, err error) error {
	return fail(Place{URL: s.Config.URL}, "sparql-results", "harvest again; ask the endpoint's owner if it stays",
		"the results cannot be read: %w", err)
}

var blanks = regexp.MustCompile(`[ \t]*\n\s*`)

// maxQueryAddress is how long an address with a query in it may be; many
// servers refuse longer ones.
const maxQueryAddress = 4000

// askEndpoint sends a query by GET, which caches and conditional requests
// understand, and a long one by POST, as knakk/sparql writes it (SPARQL 1.1
// Protocol §2.1).
func askEndpoint(ctx context.Context, s *Session, query, accept string) (*fetch.Response, error) {
	sep := "?"
	if strings.Contains(s.Config.URL, "?") {
		sep = "&"
	}
	var r *fetch.Response
	var err error
	if address := s.Config.URL + sep + "query=" + url.QueryEscape(query); len(address) <= maxQueryAddress {
		r, err = s.Get(ctx, address, accept)
	} else {
		r, err = postQuery(ctx, s, query, accept)
	}
	at := Place{URL: s.Config.URL, Locator: blanks.ReplaceAllString(query, " ")}
	var e *Error
	if errors.As(err, &e) { // the address with the query in it says nothing
		e.Place = at
	}
	if err == nil && r.Header.Get("X-SQL-State") != "" {
		return nil, partial(at, "the endpoint's own limit ended the query: %s %s", r.Header.Get("X-SQL-State"),
			r.Header.Get("X-SQL-Message"))
	}
	return r, err
}

// partial is the error of an answer that is only a part of what was asked for.
func partial(at Place, format string, args ...any) *Error {
	return fail(at, "incomplete", "ask for less at once: set sparql.page, and give the query an ORDER BY",
		format, args...)
}

// rowLimit returns how many solutions an endpoint sends at most, as Virtuoso
// tells in a header; 0 when it does not say.
func rowLimit(r *fetch.Response) int {
	n, _ := strconv.Atoi(strings.TrimSpace(r.Header.Get("X-SPARQL-MaxRows")))
	return max(n, 0)
}

// usualLimits are the numbers of solutions at which endpoints stop without a
// word, by their defaults.
var usualLimits = []int{1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000}

// whole reports an error when an answer to a query that was not asked in pages
// holds as many solutions as the endpoint sends at most, and a problem when it
// holds as many as endpoints often send at most.
func (s *Session) whole(r *fetch.Response, n int) error {
	switch limit := rowLimit(r); {
	case n > 0 && n >= limit && limit > 0:
		return partial(Place{URL: s.Config.URL}, "the endpoint sends %d solutions at most, and as many came", limit)
	case limit == 0 && slices.Contains(usualLimits, n):
		s.Found.Problems = append(s.Found.Problems, Problem{Severity: Warning, Place: Place{URL: s.Config.URL},
			Rule: "row-limit", Value: strconv.Itoa(n),
			Message: fmt.Sprintf("exactly %d solutions came: that may be the endpoint's limit, not all there are", n),
			Remedy:  "set sparql.page, and give the query an ORDER BY"})
	}
	return nil
}

func postQuery(ctx context.Context, s *Session, query, accept string) (*fetch.Response, error) {
	req, err := knakksparql.GenericCall{Query: query}.GenRequest(s.Config.URL)
	if err != nil {
		return nil, err
	}
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	return s.Post(ctx, s.Config.URL, req.Header.Get("Content-Type"), accept, form)
}
