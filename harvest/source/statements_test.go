package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// TestSharedStatements reads every document of the shared DCAT data by the kind
// dcat, whatever the document is, and counts its statements: each is in the
// record's graph or in that of the catalogue, or problems name its subject or the
// whole document.
func TestSharedStatements(t *testing.T) {
	root := w3ctest.Shared(t, "dcat")
	var total, kept, named, files, refused int
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(filepath.Dir(root), p)
		name := filepath.ToSlash(rel)
		if path.Ext(name) == ".md" {
			return nil
		}
		files++
		c := countStatements(t, name)
		total, kept, named = total+c.total, kept+c.kept, named+c.named
		if c.refused {
			refused++
		}
		if len(c.lost) > 0 {
			t.Errorf("%s: %d of %d statements are lost:\n%s", name, len(c.lost), c.total,
				strings.Join(c.lost[:min(len(c.lost), 8)], "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d refused as a whole with the reason; %d statements: %d kept, %d named in problems",
		files, refused, total, kept, named)
}

// statements says what became of those of a document.
type statements struct {
	total, kept, named int
	refused            bool // the gathering ended with an error that says why
	lost               []string
}

func countStatements(t *testing.T, name string) (c statements) {
	t.Helper()
	body := sharedFile(t, name)
	at := "/" + path.Base(strings.ReplaceAll(name, " ", "_"))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/portal.example"+at || r.URL.RawQuery != "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", map[string]string{".jsonld": "application/ld+json",
			".ttl": "text/turtle", ".trig": "application/trig"}[path.Ext(name)])
		_, _ = w.Write(body) // the client may have gone
	}))
	defer srv.Close()
	cfg := Config{ID: "shared", Kind: "dcat", URL: "https://portal.example" + at}
	cfg.Rate.Every, cfg.MaxBytes = 1, 1<<30
	s := newSession(t, cfg, fetch.Options{Replay: srv.URL}, time.Time{})
	said := &statementSet{by: map[[2]string]map[string]bool{}, values: map[string]bool{},
		subjects: map[string]bool{}, broken: map[string]bool{}}
	for r, err := range gatherDCAT(context.Background(), s) {
		var e *Error
		if errors.As(err, &e) {
			c.refused = e.Rule == "empty" || e.Rule == "rdf" || e.Rule == "json"
			said.problems.WriteString(e.Error())
			said.failed = true
			if !c.refused {
				t.Logf("%s: %v", name, err)
			}
			break
		} else if err != nil {
			t.Errorf("%s: %v is no *Error", name, err)
			return c
		}
		said.record(r)
	}
	said.catalog(s)
	again := newSession(t, cfg, fetch.Options{Replay: srv.URL}, time.Time{})
	r, err := again.Get(context.Background(), cfg.URL, acceptRDF)
	if err != nil {
		t.Fatal(err)
	}
	quads, err := again.quads(context.Background(), r)
	otherXML := bytes.HasPrefix(r.Body, []byte("<")) && !bytes.Contains(r.Body, []byte("RDF"))
	if err != nil || isCSW(r.Body) || otherXML { // no RDF, said so by the gathering too
		c.refused = true
		return c
	}
	source := map[term.Triple]bool{}
	for _, q := range quads {
		source[q.Triple()] = true
	}
	said.belonging(source)
	wanted := map[[2]string]map[string]bool{} // the subjects that have an IRI
	for tr := range source {
		if key := statementKey(tr); !tr.Subject.IsBlankNode() && !said.named(tr.Subject) {
			if wanted[key] == nil {
				wanted[key] = map[string]bool{}
			}
			wanted[key][tr.Subject.Value()] = true
		}
	}
	for tr := range source {
		c.total++
		key := statementKey(tr)
		switch n := max(1, len(wanted[key])); {
		case strings.TrimSpace(tr.Object.Value()) == "" && tr.Object.IsLiteral(), tr.Object.Value() == cfg.URL:
			c.kept++ // says nothing: an empty text, or one that was read as an address
		case len(said.by[key]) >= n, said.mapped(tr):
			c.kept++
		case c.refused, isControl(tr), said.named(tr.Subject):
			c.named++
		default:
			c.lost = append(c.lost, fmt.Sprintf("%.300s", tr.String()))
		}
	}
	slices.Sort(c.lost)
	return c
}

// statementSet is what came of a document.
type statementSet struct {
	by       map[[2]string]map[string]bool // the subjects of a predicate and object
	values   map[string]bool               // of objects
	subjects map[string]bool
	broken   map[string]bool // what belongs to records that are refused with a problem
	failed   bool            // the gathering ended with an error
	problems strings.Builder
}

// statementKey is a statement without its subject, which the catalogue renames, and
// with what it gives a name of its own like any other.
func statementKey(t term.Triple) [2]string {
	o, p := strings.TrimSpace(t.Object.Value()), t.Predicate.Value()
	own := slices.ContainsFunc([]string{"#node-", "#agent-", "#contact-", "/.well-known/genid/"},
		func(mark string) bool { return strings.Contains(o, mark) })
	date, isDate := dcat.ParseDate(o)
	size, isSize := dcat.WholeNumber(o)
	switch {
	case t.Object.IsBlankNode() || own || p == vocab.DCATDistributionProperty:
		o = "_:"
	case p == vocab.DCATByteSize && isSize:
		o = size
	case t.Object.IsLiteral() && isDate:
		o = date.Value()
	}
	return [2]string{p, o}
}

func (s *statementSet) add(triples []term.Triple) {
	for _, t := range triples {
		key := statementKey(t)
		if s.by[key] == nil {
			s.by[key] = map[string]bool{}
		}
		s.by[key][t.Subject.Value()] = true
		s.values[strings.TrimSpace(t.Object.Value())] = true
		s.subjects[t.Subject.Value()] = true
	}
}

func (s *statementSet) record(r *mapping.Record) {
	for _, p := range r.Problems {
		s.problem(p)
	}
	if r.Dataset == nil {
		s.broken[r.Place.Locator] = true
		return
	}
	r.Dataset.Assign("https://data.example.tw/", "shared", r.ID)
	s.add(r.Dataset.Triples())
}

func (s *statementSet) problem(p Problem) {
	s.problems.WriteString(strings.Join([]string{p.Rule, p.Value, p.Message, p.Place.Locator, "\n"}, " "))
}

// belonging adds the blank nodes that refused records lead to.
func (s *statementSet) belonging(source map[term.Triple]bool) {
	for grown := len(s.broken) > 0; grown; {
		grown = false
		for t := range source {
			if o := t.Object.String(); t.Object.IsBlankNode() && s.broken[t.Subject.String()] && !s.broken[o] {
				s.broken[o], grown = true, true
			}
		}
	}
}

// named reports whether a problem names a thing of the document, or the record that
// it belongs to.
func (s *statementSet) named(thing term.Term) bool {
	name := thing.Value()
	if thing.IsBlankNode() {
		name = thing.String()
	}
	return s.broken[thing.String()] || strings.Contains(s.problems.String(), " "+name+" ")
}

func (s *statementSet) catalog(x *Session) {
	s.add(x.Found.Catalog)
	c := &dcat.Dataset{IRI: x.Base.SourceCatalog(x.Config.ID), Title: x.Found.Title, Description: x.Found.Description}
	s.add(c.Triples())
	for _, p := range x.Found.Problems {
		s.problem(p)
	}
}

// mapped reports whether a statement came in the form that the model gives it.
func (s *statementSet) mapped(t term.Triple) bool {
	o := t.Object.Value()
	switch t.Predicate.Value() {
	case vocab.DCTFormat, vocab.DCATMediaType, vocab.RDFValue:
		iri, _, ok := dcat.Format(o)
		return t.Object.IsBlankNode() || ok && s.values[iri] || s.values[o] ||
			s.values[dcat.MediaTypeIRI(dcat.MediaTypeOf(o))]
	case vocab.DCTAccrualPeriodicity:
		iri, ok := dcat.Frequency(o)
		return ok && s.values[iri] || s.values[o]
	case vocab.DCTLicense:
		if _, text, ok := strings.Cut(o, "/%3C"); ok { // markup where an address belongs
			text, err := url.PathUnescape("%3C" + text)
			return err == nil && s.values[document.Plain(text)]
		}
		iri, ok := dcat.License(o)
		return ok && s.values[iri] || s.values[o]
	case vocab.DCATTheme, vocab.DCTPublisher, vocab.DCTCreator, vocab.DCATContactPoint, vocab.VCARDHasEmail,
		vocab.VCARDHasTelephone:
		return t.Object.IsLiteral() && s.values[o] || s.values["mailto:"+o]
	case vocab.SKOSPrefLabel, vocab.RDFSLabel, vocab.VCARDFn, vocab.FOAFName, vocab.DCTTitle: // of an agent or theme
		return s.values[o]
	case vocab.DCATDatasetProperty, vocab.DCATRecord, vocab.DCATServesDataset: // what was harvested says it
		return s.values[o] || t.Object.IsBlankNode() && len(s.values) > 0 || s.subjects[o] || s.named(t.Object) ||
			t.Predicate.Value() == vocab.DCATDatasetProperty &&
				(s.failed || strings.Contains(s.problems.String(), "not-described"))
	case vocab.RDFType: // the source's own catalogue, and the class of what the model names
		return slices.Contains([]string{vocab.DCATCatalog, vocab.VCARDKind, vocab.FOAFAgent,
			vocab.DCTNS + "IMT"}, o)
	}
	return false
}
