package protocol

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/sparql/void"
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
		for _, f := range []string{"SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV",
			"SPARQL_Results_TSV", "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads"} {
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
	return countTriples(ctx, sn)
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
	if err := CheckParams(r); err != nil {
		return err
	}
	return h.serveStatements(w, r, "void", func(ctx context.Context, sn *store.Snapshot) ([]term.Quad, error) {
		var d describer
		base := h.base(r)
		document, dataset := term.NewIRI(base+".well-known/void"), term.NewIRI(base+".well-known/void#dataset")
		d.add(document, vocab.RDFType, term.NewIRI(vocab.VOIDDatasetDescription))
		d.add(document, vocab.FOAFPrimaryTopic, dataset)
		d.add(dataset, vocab.RDFType, term.NewIRI(vocab.VOIDDataset))
		d.add(dataset, vocab.VOIDSparqlEndpoint, term.NewIRI(base+"sparql"))
		if h.o.DataDump != "" {
			dump, err := term.ResolveIRI(base, h.o.DataDump)
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
			d.add(dataset, vocab.DCTModified,
				term.NewLiteral(sn.Time().UTC().Format("2006-01-02T15:04:05Z"), vocab.XSDDateTime))
		}
		statistics, err := void.Describe(ctx, sn, dataset)
		if err != nil {
			return nil, fmt.Errorf("describe the dataset: %w", err)
		}
		return append(d.quads, statistics...), nil
	})
}

// countTriples counts the triples of the union of all graphs, each once.
func countTriples(ctx context.Context, sn *store.Snapshot) (n uint64, err error) {
	o := store.ScanOptions{Order: store.POSG, Distinct: true, Columns: store.ColumnP}
	for b, err := range sn.Batches(ctx, store.Pattern{}, o) {
		if err != nil {
			return 0, err
		}
		n += uint64(b.N)
	}
	return n, nil
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

// get returns the statements that are kept under a key, or makes them. Other
// callers wait meanwhile, so that the statements are made once.
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
func (h *Handler) serveStatements(
	w http.ResponseWriter, r *http.Request, what string,
	make func(context.Context, *store.Snapshot) ([]term.Quad, error),
) error {
	addVary(w.Header(), "Accept")
	f, err := negotiate(r, "", rdfOffers())
	if err == nil {
		err = gate.From(r.Context()).Turn(r.Context())
	}
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
	addVary(w.Header(), "Accept-Encoding")
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	quads, err := h.statements.get(what, key, func() ([]term.Quad, error) { return make(r.Context(), sn) })
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.contentType())
	b := h.newBody(w, r)
	if err := rdfio.Write(r.Context(), b, f.rdf, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		return err
	}
	return b.close()
}
