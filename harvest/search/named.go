package search

import (
	"context"
	"errors"
	"slices"
	"sync"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/term"
)

// naming has the names of resources that pages have read, by language: a *sync.Map from IRI to
// name each. Tables share it until a commit says other names.
type naming struct{ languages sync.Map }

// Named keeps names of resources in a language: from IRI to name. Names that were read from a state
// before that of the table must not be put in, nor those that are made of anything but
// [NamingProperties].
func (t *Table) Named(language string) *sync.Map {
	kept, _ := t.naming.languages.LoadOrStore(language, &sync.Map{})
	return kept.(*sync.Map)
}

// NamingProperties are the properties whose literals name resources, the best first.
func NamingProperties() []string {
	return []string{vocab.SKOSPrefLabel, vocab.DCTTitle, vocab.RDFSLabel, vocab.FOAFName, vocab.VCARDFn}
}

// without returns what is known without the names of some resources.
func (n *naming) without(iris []string) *naming {
	if len(iris) == 0 {
		return n
	}
	out := &naming{}
	for language, kept := range n.languages.Range {
		names := &sync.Map{}
		for iri, name := range kept.(*sync.Map).Range {
			if !slices.Contains(iris, iri.(string)) {
				names.Store(iri, name)
			}
		}
		out.languages.Store(language, names)
	}
	return out
}

// nameProperties are those by which organisations are found.
var nameProperties = [...]string{vocab.SKOSPrefLabel, vocab.SKOSAltLabel, vocab.FOAFName, vocab.RDFSLabel,
	vocab.DCTTitle, vocab.DCTIdentifier}

// maxRenamed is how many resources may be named otherwise before all names are read again.
const maxRenamed = 100

// renamed returns the resources that a step may give other names; all is true when these cannot be
// told, or are many.
func renamed(ctx context.Context, st *follow.Step) (iris []string, all bool, err error) {
	if st.Rebuild {
		return nil, true, nil
	}
	var properties []store.ID
	for _, p := range append(NamingProperties(), nameProperties[:]...) {
		id, ok, err := st.Snapshot.Lookup(term.NewIRI(p))
		if err != nil {
			return nil, false, err
		}
		if ok {
			properties = append(properties, id)
		}
	}
	subjects := map[store.ID]bool{}
	for c, err := range st.Commits(ctx) {
		if err != nil {
			return nil, false, err
		}
		for x, err := range st.Snapshot.Changes(ctx, c.Seq) {
			if errors.Is(err, store.ErrHistory) {
				return nil, true, nil
			}
			if err != nil {
				return nil, false, err
			}
			if slices.Contains(properties, x.P) {
				subjects[x.S] = true
			}
			if len(subjects) > maxRenamed {
				return nil, true, nil
			}
		}
	}
	for id := range subjects {
		t, err := st.Snapshot.Term(id)
		if err != nil {
			return nil, false, err
		}
		iris = append(iris, t.Value())
	}
	return iris, false, nil
}
