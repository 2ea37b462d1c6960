package w3ctest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Suite is a folder of test files and the IRI under which it is published.
// Tests see IRIs only; relative IRIs in them are resolved against the
// published place, never against the local path.
type Suite struct {
	Dir  string // local folder
	Base string // its IRI, ending in "/"
}

// Manifest is a manifest with those that it includes.
type Manifest struct {
	IRI     string
	Graph   *Graph // this manifest's own triples
	Entries []Entry
}

// Entry is one test.
type Entry struct {
	ID       term.Term
	Type     string // IRI of the test's class
	Name     string
	Action   term.Term // a file's IRI, or a node to look up in Graph
	Result   term.Term // zero when there is none
	Graph    *Graph    // of the manifest that lists the test
	Manifest string    // its IRI
}

// Local returns the part of the entry's IRI that tells it from the others of
// its manifest; expected failures are listed under it.
func (e Entry) Local() string {
	s := e.ID.Value()
	return s[strings.LastIndexAny(s, "#/")+1:]
}

// Kind returns the local name of the test's class, such as "TestTurtleEval".
func (e Entry) Kind() string { return e.Type[strings.LastIndexAny(e.Type, "#/")+1:] }

// Path returns the local file of an IRI below the suite's base.
func (s Suite) Path(iri string) (string, error) {
	iri, _, _ = strings.Cut(iri, "#")
	rel, ok := strings.CutPrefix(iri, s.Base)
	if !ok || strings.Contains(rel, "..") {
		return "", fmt.Errorf("IRI %q is not below %s", iri, s.Base)
	}
	return filepath.Join(s.Dir, filepath.FromSlash(rel)), nil
}

// ReadFile returns the content of an IRI below the suite's base.
func (s Suite) ReadFile(iri string) ([]byte, error) {
	path, err := s.Path(iri)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// ReadQuads reads the RDF document at an IRI, in the syntax of its extension.
func (s Suite) ReadQuads(iri string) ([]term.Quad, error) {
	return s.ReadQuadsAs(iri, iri)
}

// ReadQuadsAs is ReadQuads with another base IRI.
func (s Suite) ReadQuadsAs(iri, base string) ([]term.Quad, error) {
	path, err := s.Path(iri)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	quads, err := rdfio.ReadAll(context.Background(), f, rdfio.ReadOptions{Path: path, Base: base})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return quads, nil
}

// Load reads the manifest at a path relative to the suite, such as
// "rdf/rdf11/rdf-turtle/manifest.ttl". Its entries come first, then those of
// the manifests that it includes, each manifest once.
func (s Suite) Load(name string) (*Manifest, error) {
	return s.load(s.Base+name, map[string]bool{})
}

func (s Suite) load(iri string, seen map[string]bool) (*Manifest, error) {
	seen[iri] = true
	quads, err := s.ReadQuads(iri)
	if err != nil {
		return nil, err
	}
	m := &Manifest{IRI: iri, Graph: NewGraph(quads)}
	for _, node := range m.Graph.Subjects(vocab.RDFType, term.NewIRI(vocab.MFManifest)) {
		for _, id := range m.members(node, vocab.MFEntries) {
			m.Entries = append(m.Entries, m.entry(id))
		}
	}
	for _, node := range m.Graph.Subjects(vocab.RDFType, term.NewIRI(vocab.MFManifest)) {
		for _, included := range m.members(node, vocab.MFInclude) {
			if seen[included.Value()] {
				continue
			}
			sub, err := s.load(included.Value(), seen)
			if err != nil {
				return nil, err
			}
			m.Entries = append(m.Entries, sub.Entries...)
		}
	}
	return m, nil
}

// members returns the members of the lists that a property holds, and of the
// plain values among them.
func (m *Manifest) members(node term.Term, predicate string) []term.Term {
	var out []term.Term
	for _, o := range m.Graph.Objects(node, predicate) {
		if o.Value() == vocab.RDFNil || !m.Graph.Object(o, vocab.RDFRest).IsZero() {
			out = append(out, m.Graph.List(o)...)
		} else {
			out = append(out, o)
		}
	}
	return out
}

func (m *Manifest) entry(id term.Term) Entry {
	g := m.Graph
	return Entry{
		ID:       id,
		Type:     g.Object(id, vocab.RDFType).Value(),
		Name:     g.Object(id, vocab.MFName).Value(),
		Action:   g.Object(id, vocab.MFAction),
		Result:   g.Object(id, vocab.MFResult),
		Graph:    g,
		Manifest: m.IRI,
	}
}
