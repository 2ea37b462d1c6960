package protocol

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// describer collects triples about the service.
type describer struct {
	quads []term.Quad
	nodes int
}

func (d *describer) add(s term.Term, p string, o term.Term) {
	d.quads = append(d.quads, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
}

// node adds a new blank node of a class as the value of s and p.
func (d *describer) node(s term.Term, p, class string) term.Term {
	d.nodes++
	n := term.NewBlankNode("n" + strconv.Itoa(d.nodes))
	d.add(s, p, n)
	if class != "" {
		d.add(n, vocab.RDFType, term.NewIRI(class))
	}
	return n
}

func integer(n uint64) term.Term {
	return term.NewLiteral(strconv.FormatUint(n, 10), vocab.XSDInteger)
}

// serveDescription is the SPARQL 1.1 Service Description.
func (h *Handler) serveDescription(w http.ResponseWriter, r *http.Request) error {
	return h.serveStatements(w, r, "service", func(ctx context.Context, sn *store.Snapshot) ([]term.Quad, error) {
		var d describer
		base := h.base(r)
		endpoint, service := term.NewIRI(base+"sparql"), term.NewIRI(base+"sparql#service")
		d.add(service, vocab.RDFType, term.NewIRI(vocab.SDService))
		d.add(service, vocab.SDEndpoint, endpoint)
		d.add(service, vocab.SDSupportedLanguage, term.NewIRI(vocab.SDSPARQL10Query))
		d.add(service, vocab.SDSupportedLanguage, term.NewIRI(vocab.SDSPARQL11Query))
		for _, f := range h.features() {
			d.add(service, vocab.SDFeatureProperty, term.NewIRI(f))
		}
		for _, f := range []string{"SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads"} {
			d.add(service, vocab.SDResultFormat, term.NewIRI("http://www.w3.org/ns/formats/"+f))
		}
		for _, f := range []string{"Turtle", "N-Triples", "RDF_XML", "JSON-LD"} {
			d.add(service, vocab.SDInputFormat, term.NewIRI("http://www.w3.org/ns/formats/"+f))
		}
		d.add(service, vocab.SDDefaultEntailmentRegime, term.NewIRI("http://www.w3.org/ns/entailment/Simple"))
		dataset := d.node(service, vocab.SDDefaultDataset, vocab.SDDataset)
		graph := d.node(dataset, vocab.SDDefaultGraph, vocab.SDGraph)
		n, err := h.defaultGraphTriples(ctx, sn)
		if err != nil {
			return nil, fmt.Errorf("count the default graph: %w", err)
		}
		d.add(graph, vocab.VOIDTriples, integer(n))
		d.add(dataset, vocab.RDFSSeeAlso, term.NewIRI(base+".well-known/void"))
		if !h.o.ReadOnly { // a service of its own, at its own endpoint
			update := term.NewIRI(base + "update#service")
			d.add(update, vocab.RDFType, term.NewIRI(vocab.SDService))
			d.add(update, vocab.SDEndpoint, term.NewIRI(base+"update"))
			d.add(update, vocab.SDSupportedLanguage, term.NewIRI(vocab.SDSPARQL11Update))
			d.add(update, vocab.SDDefaultDataset, dataset)
		}
		return d.quads, nil
	})
}

// defaultGraphTriples counts the triples that queries see by default.
func (h *Handler) defaultGraphTriples(ctx context.Context, sn *store.Snapshot) (uint64, error) {
	if h.engine.DefaultGraph() == sparql.Strict {
		n, _, err := sn.Count(store.Pattern{G: store.DefaultGraph})
		return n, err
	}
	c, err := countTriples(ctx, sn)
	if err != nil {
		return 0, err
	}
	return c.triples, nil
}

// features are those of sd:Feature that hold.
func (h *Handler) features() []string {
	fs := []string{vocab.SDBasicFederatedQuery}
	if h.engine.DefaultGraph() == sparql.Union {
		fs = append(fs, vocab.SDUnionDefaultGraph)
	}
	return fs
}

// serveVoID is the VoID description of all data, from the store's statistics.
func (h *Handler) serveVoID(w http.ResponseWriter, r *http.Request) error {
	return h.serveStatements(w, r, "void", func(ctx context.Context, sn *store.Snapshot) ([]term.Quad, error) {
		var d describer
		base := h.base(r)
		document, dataset := term.NewIRI(base+".well-known/void"), term.NewIRI(base+".well-known/void#dataset")
		d.add(document, vocab.RDFType, term.NewIRI(vocab.VOIDDatasetDescription))
		d.add(document, vocab.FOAFPrimaryTopic, dataset)
		d.add(dataset, vocab.RDFType, term.NewIRI(vocab.VOIDDataset))
		d.add(dataset, vocab.VOIDSparqlEndpoint, term.NewIRI(base+"sparql"))
		if h.o.DataDump != "" {
			dump, err := rdfio.ResolveIRI(base, h.o.DataDump)
			if err != nil {
				return nil, fmt.Errorf("the address of the dump: %w", err)
			}
			d.add(dataset, vocab.VOIDDataDump, term.NewIRI(dump))
		}
		for _, f := range []string{"Turtle", "N-Triples", "RDF_XML", "JSON-LD"} {
			d.add(dataset, vocab.VOIDFeature, term.NewIRI("http://www.w3.org/ns/formats/"+f))
		}
		d.add(dataset, vocab.VOIDUriSpace, term.NewString(base))
		if sn.Seq() > 0 {
			d.add(dataset, vocab.DCTModified, term.NewLiteral(sn.Time().UTC().Format("2006-01-02T15:04:05Z"), vocab.XSDDateTime))
		}
		if err := d.statistics(ctx, dataset, sn); err != nil {
			return nil, fmt.Errorf("describe the dataset: %w", err)
		}
		return d.quads, nil
	})
}

// statistics adds the counts of VoID §4. A triple that stands in several graphs
// counts once.
func (d *describer) statistics(ctx context.Context, dataset term.Term, sn *store.Snapshot) error {
	st := sn.Stats()
	counts, err := countTriples(ctx, sn)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		property string
		n        uint64
	}{
		{vocab.VOIDTriples, counts.triples}, {vocab.VOIDEntities, counts.typed}, {vocab.VOIDClasses, uint64(len(counts.classes))},
		{vocab.VOIDProperties, uint64(len(counts.properties))}, {vocab.VOIDDistinctSubjects, st.Subjects}, {vocab.VOIDDistinctObjects, st.Objects},
	} {
		d.add(dataset, c.property, integer(c.n))
	}
	used := map[string]bool{}
	for _, c := range counts.properties {
		p, err := sn.Term(c.id)
		if err != nil {
			return err
		}
		used[namespace(p.Value())] = true
		ps := st.Predicate(c.id)
		n := d.node(dataset, vocab.VOIDPropertyPartition, "")
		d.add(n, vocab.VOIDProperty, p)
		d.add(n, vocab.VOIDTriples, integer(c.n))
		d.add(n, vocab.VOIDDistinctSubjects, integer(ps.Subjects))
		d.add(n, vocab.VOIDDistinctObjects, integer(ps.Objects))
	}
	for _, c := range counts.classes {
		t, err := sn.Term(c.id)
		if err != nil {
			return err
		}
		if !t.IsIRI() {
			continue
		}
		used[namespace(t.Value())] = true
		n := d.node(dataset, vocab.VOIDClassPartition, "")
		d.add(n, vocab.VOIDClass, t)
		d.add(n, vocab.VOIDEntities, integer(c.n))
	}
	for _, ns := range vocab.Prefixes() { // those with a name of their own
		if used[ns] {
			d.add(dataset, vocab.VOIDVocabulary, term.NewIRI(ns))
		}
	}
	return nil
}

// namespace is an IRI up to its last # or /.
func namespace(iri string) string { return iri[:strings.LastIndexAny(iri, "#/")+1] }

// count is how often a property or class occurs.
type count struct {
	id store.ID
	n  uint64
}

func add(counts []count, id store.ID) []count {
	if n := len(counts); n == 0 || counts[n-1].id != id {
		counts = append(counts, count{id: id})
	}
	counts[len(counts)-1].n++
	return counts
}

// tripleCounts are the counts of the union of all graphs.
type tripleCounts struct {
	triples, typed      uint64 // typed: subjects with a class
	properties, classes []count
}

// countTriples counts in one scan by property and object.
func countTriples(ctx context.Context, sn *store.Snapshot) (*tripleCounts, error) {
	c := &tripleCounts{}
	typ, typed, err := sn.Lookup(term.NewIRI(vocab.RDFType))
	if err != nil {
		return nil, err
	}
	if typed {
		c.typed = sn.Stats().Predicate(typ).Subjects
	}
	sc, err := sn.Scan(store.Pattern{}, store.ScanOptions{Order: store.POSG, Distinct: true, Columns: store.ColumnP | store.ColumnO})
	if err != nil {
		return nil, err
	}
	defer sc.Close()
	var b store.Batch
	for {
		more, err := sc.Next(ctx, &b)
		if err != nil || !more {
			return c, err
		}
		c.triples += uint64(b.N)
		for i, p := range b.P[:b.N] {
			c.properties = add(c.properties, p)
			if typed && p == typ {
				c.classes = add(c.classes, b.O[i])
			}
		}
	}
}

// statementCache keeps the last description of each kind, since counting takes
// a while and pages are asked for again and again.
type statementCache struct {
	mu   sync.Mutex
	last map[string]keptStatements
}

type keptStatements struct {
	key   string
	quads []term.Quad
}

// get returns the statements under a key, made anew if need be. Others wait
// meanwhile, so that they are made once.
func (c *statementCache) get(what, key string, make func() ([]term.Quad, error)) ([]term.Quad, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.last[what]; ok && kept.key == key {
		return kept.quads, nil
	}
	quads, err := make()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(quads, term.CompareQuads)
	if c.last == nil {
		c.last = map[string]keptStatements{}
	}
	c.last[what] = keptStatements{key, quads}
	return quads, nil
}

// serveStatements serves generated RDF with an entity tag on the store's state.
func (h *Handler) serveStatements(w http.ResponseWriter, r *http.Request, what string, make func(context.Context, *store.Snapshot) ([]term.Quad, error)) error {
	addVary(w.Header(), "Accept")
	f, err := negotiate(r, "", rdfOffers())
	if err != nil {
		return err
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		return fmt.Errorf("open a snapshot: %w", err)
	}
	defer sn.Close()
	key := stateOf(sn) + "-" + digest(what, h.base(r))
	tag := `W/"` + key + "-" + f.name() + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	quads, err := h.statements.get(what, key, func() ([]term.Quad, error) { return make(r.Context(), sn) })
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.contentType())
	b := newBody(w, r, h.o.WriteTimeout)
	if err := rdfio.Write(r.Context(), b, f.rdf, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		return err
	}
	return b.close()
}
