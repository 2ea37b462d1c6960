package protocol

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// engineServer serves a real engine over a store of its own.
func engineServer(t testing.TB, quads []term.Quad, change func(*Options)) *httptest.Server {
	t.Helper()
	s := memoryStore(t)
	if len(quads) > 0 {
		if _, err := s.Commit(context.Background(), store.Change{Add: quads}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := sparql.New(sparql.Options{Store: s, DefaultGraph: sparql.Strict})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Engine: e, Store: s, Authorize: anyone,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	if change != nil {
		change(&o)
	}
	h, err := NewHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func TestW3CProtocol(t *testing.T) {
	suite := rdfTests()
	m, err := suite.Load("sparql/sparql11/protocol/manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	w3ctest.Run(t, m.Entries, 34, nil, func(e w3ctest.Entry) error {
		var data []term.Quad
		for _, d := range e.Graph.Objects(e.ID, utNS+"graphData") {
			quads, err := suite.ReadQuads(e.Graph.Object(d, utNS+"graph").Value())
			if err != nil {
				return err
			}
			for _, q := range quads {
				q.Graph = term.NewIRI(e.Graph.Object(d, vocab.RDFSLabel).Value())
				data = append(data, q)
			}
		}
		update := strings.Contains(e.Local(), "update")
		c := &conversation{
			server: engineServer(t, data, nil),
			g:      e.Graph,
			path: func(path, contentType string) string {
				if update && contentType != typeQuery {
					return strings.Replace(path, "/sparql/", "/update", 1)
				}
				return strings.Replace(path, "/sparql/", "/sparql", 1)
			},
		}
		return c.run(e)
	})
}

func TestW3CServiceDescription(t *testing.T) {
	m, err := rdfTests().Load("sparql/sparql11/service-description/manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	server := engineServer(t, nil, nil)
	resp, body, err := call(t, "GET", server.URL+"/sparql", "", "Accept", "text/turtle")
	if err != nil {
		t.Fatal(err)
	}
	quads, readErr := rdfio.ReadAll(context.Background(), strings.NewReader(body),
		rdfio.ReadOptions{MediaType: resp.Header.Get("Content-Type"), Base: server.URL + "/sparql"})
	g := w3ctest.NewGraph(quads)
	w3ctest.Run(t, m.Entries, 3, nil, func(e w3ctest.Entry) error {
		if readErr != nil || len(quads) == 0 {
			return fmt.Errorf("no RDF: %d %w", resp.StatusCode, readErr)
		}
		switch e.Local() {
		case "returns-rdf":
			return nil
		case "has-endpoint-triple":
			if len(g.Subjects(vocab.SDEndpoint, term.NewIRI(server.URL+"/sparql"))) != 1 {
				return fmt.Errorf("the endpoint is not described: %s", body)
			}
			return nil
		}
		return checkDescription(g)
	})
}

// checkDescription checks domains, ranges and cardinalities of the Service
// Description vocabulary (SPARQL 1.1 Service Description §3).
func checkDescription(g *w3ctest.Graph) error {
	const service, dataset, graph = vocab.SDService, vocab.SDDataset, vocab.SDGraph
	rules := map[string]struct {
		domain, class string // class "" is any IRI
		most          int
	}{
		vocab.SDEndpoint:                {service, "", 1},
		vocab.SDSupportedLanguage:       {service, "", 0},
		vocab.SDFeatureProperty:         {service, "", 0},
		vocab.SDResultFormat:            {service, "", 0},
		vocab.SDInputFormat:             {service, "", 0},
		vocab.SDPropertyFeature:         {service, "", 0},
		vocab.SDDefaultEntailmentRegime: {service, "", 1},
		vocab.SDDefaultDataset:          {service, dataset, 1},
		vocab.SDDefaultGraph:            {dataset, graph, 1},
	}
	is := func(node term.Term, class string) bool {
		for _, c := range g.Objects(node, vocab.RDFType) {
			if c.Value() == class {
				return true
			}
		}
		return false
	}
	for _, t := range g.Triples() {
		if !strings.HasPrefix(t.Predicate.Value(), vocab.SDNS) {
			continue
		}
		r, ok := rules[t.Predicate.Value()]
		switch {
		case !ok:
			return fmt.Errorf("the property %s is not known here", t.Predicate)
		case !is(t.Subject, r.domain):
			return fmt.Errorf("%s: the subject is no %s", t, r.domain)
		case r.class == "" && !t.Object.IsIRI() || r.class != "" && !is(t.Object, r.class):
			return fmt.Errorf("%s: the object does not fit", t)
		case r.most > 0 && len(g.Objects(t.Subject, t.Predicate.Value())) > r.most:
			return fmt.Errorf("%s is not the only one", t)
		}
	}
	return nil
}
