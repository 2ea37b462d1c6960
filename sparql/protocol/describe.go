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
		languages := []string{vocab.SDSPARQL10Query, vocab.SDSPARQL11Query}
		if !h.o.ReadOnly {
			languages = append(languages, vocab.SDSPARQL11Update)
		}
		for _, l := range languages {
			d.add(service, vocab.SDSupportedLanguage, term.NewIRI(l))
		}
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
		st := sn.Stats()
		d.add(graph, vocab.VOIDTriples, integer(st.Quads))
		d.add(dataset, vocab.RDFSSeeAlso, term.NewIRI(base+".well-known/void"))
		return d.quads, nil
	})
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

// statistics adds the counts of VoID §4.
func (d *describer) statistics(ctx context.Context, dataset term.Term, sn *store.Snapshot) error {
	st := sn.Stats()
	classes, err := countClasses(ctx, sn)
	if err != nil {
		return err
	}
	var entities uint64
	if id, ok, err := sn.Lookup(term.NewIRI(vocab.RDFType)); err != nil {
		return err
	} else if ok {
		entities = st.Predicate(id).Subjects
	}
	for _, c := range []struct {
		property string
		n        uint64
	}{
		{vocab.VOIDTriples, st.Quads}, {vocab.VOIDEntities, entities}, {vocab.VOIDClasses, uint64(len(classes))},
		{vocab.VOIDProperties, st.Predicates}, {vocab.VOIDDistinctSubjects, st.Subjects}, {vocab.VOIDDistinctObjects, st.Objects},
	} {
		d.add(dataset, c.property, integer(c.n))
	}
	used := map[string]bool{}
	for _, ps := range st.AllPredicates() {
		p, err := sn.Term(ps.Predicate)
		if err != nil {
			return err
		}
		used[namespace(p.Value())] = true
		n := d.node(dataset, vocab.VOIDPropertyPartition, "")
		d.add(n, vocab.VOIDProperty, p)
		d.add(n, vocab.VOIDTriples, integer(ps.Quads))
		d.add(n, vocab.VOIDDistinctSubjects, integer(ps.Subjects))
		d.add(n, vocab.VOIDDistinctObjects, integer(ps.Objects))
	}
	for _, c := range classes {
		t, err := sn.Term(c.class)
		if err != nil {
			return err
		}
		if !t.IsIRI() {
			continue
		}
		used[namespace(t.Value())] = true
		n := d.node(dataset, vocab.VOIDClassPartition, "")
		d.add(n, vocab.VOIDClass, t)
		d.add(n, vocab.VOIDEntities, integer(c.entities))
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

type classCount struct {
	class    store.ID
	entities uint64
}

// countClasses counts the subjects of every class in one scan by object.
func countClasses(ctx context.Context, sn *store.Snapshot) ([]classCount, error) {
	id, ok, err := sn.Lookup(term.NewIRI(vocab.RDFType))
	if err != nil || !ok {
		return nil, err
	}
	sc, err := sn.Scan(store.Pattern{P: id}, store.ScanOptions{Order: store.POSG, Distinct: true})
	if err != nil {
		return nil, err
	}
	defer sc.Close()
	var out []classCount
	var b store.Batch
	for {
		more, err := sc.Next(ctx, &b)
		if err != nil || !more {
			return out, err
		}
		for _, class := range b.O[:b.N] {
			if n := len(out); n == 0 || out[n-1].class != class {
				out = append(out, classCount{class: class})
			}
			out[len(out)-1].entities++
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
