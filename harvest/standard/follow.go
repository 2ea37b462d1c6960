package standard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/column"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "standards"

// rulesState is increased when other statements come of the same columns.
const rulesState = 1

// leastShare is the share of the fields that a standard asks for from which on it is said what a
// dataset lacks.
const leastShare = 0.5

// A Follower keeps up to date which datasets follow which standards; it implements [follow.Follower].
type Follower struct {
	follow.Graphs
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, "" while nothing
// was harvested.
func NewFollower(s *store.Store, base func() (dcat.Base, error)) *Follower {
	return &Follower{Graphs: follow.Graphs{Store: s, Base: base, Follower: Name, Rules: rulesState}}
}

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	base, graphs, all, err := f.Begin(ctx, st)
	if err != nil || base == "" {
		return err
	}
	register := term.NewIRI(Graph(base, ""))
	triples, err := follow.Triples(ctx, st.Snapshot, register)
	if err != nil {
		return err
	}
	l := &looking{ctx: ctx, sn: st.Snapshot, base: base, standards: read(triples)}
	all = all || slices.Contains(graphs, register)
	paths, err := l.paths(graphs, all)
	if err != nil {
		return err
	}
	want := map[term.Term][]term.Triple{}
	for path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if want[term.NewIRI(Graph(base, path))], err = l.follows(path); err != nil {
			return fmt.Errorf("which standards %s follows: %w", path, err)
		}
	}
	return f.Write(ctx, st.Snapshot, want, all)
}

// looking is one look at datasets.
type looking struct {
	ctx       context.Context
	sn        *store.Snapshot
	base      dcat.Base
	standards []fields
}

// before begins the names of the graphs in which columns are described, those of files first, and of
// what comes of them.
func (l *looking) before() []string {
	return []string{string(l.base) + "graph/quality/", l.base.ColumnsGraph(""), Graph(l.base, "") + "/"}
}

// paths are the datasets to look at: those of changed graphs, or all.
func (l *looking) paths(graphs []term.Term, all bool) (map[string]bool, error) {
	out := map[string]bool{}
	for i, prefix := range l.before() {
		if all {
			if i < 2 && len(l.standards) == 0 {
				continue // nothing is followed: what is there goes
			}
			var err error
			if graphs, err = follow.Beginning(l.ctx, l.sn, prefix); err != nil {
				return nil, err
			}
		}
		for _, g := range graphs {
			if path, ok := strings.CutPrefix(g.Value(), prefix); ok {
				out[path] = true
			}
		}
	}
	return out, nil
}

// fields are a standard as datasets are compared with it.
type fields struct {
	iri   string
	names map[string][]string // of each field that is asked for, folded, by its name
}

// read returns the standards of the register's graph, by IRI.
func read(register []term.Triple) (out []fields) {
	of := map[string]*fields{}
	required, name, titles := map[string]bool{}, map[string]string{}, map[string][]string{}
	for _, t := range register {
		s, o := t.Subject.Value(), t.Object.Value()
		switch t.Predicate.Value() {
		case vocab.RDFType:
			if o == vocab.DCTStandard {
				of[s] = &fields{iri: s, names: map[string][]string{}}
			}
		case vocab.FincatRequired:
			required[s] = o == "true"
		case vocab.CSVWName:
			name[s] = o
		case vocab.CSVWTitles, vocab.SKOSAltLabel:
			titles[s] = append(titles[s], column.Names(o)...)
		}
	}
	for c, is := range required {
		iri, _, _ := strings.Cut(c, "#")
		if s := of[iri]; s != nil && is {
			s.names[name[c]] = titles[c]
		}
	}
	for _, s := range of {
		if len(s.names) > 0 {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b fields) int { return strings.Compare(a.iri, b.iri) })
	return out
}

// follows returns what a dataset follows, and nearly follows.
func (l *looking) follows(path string) (out []term.Triple, err error) {
	if len(l.standards) == 0 {
		return nil, nil
	}
	var tables [][]string
	for _, prefix := range l.before()[:2] {
		if tables, err = l.tables(prefix + path); err != nil || len(tables) > 0 {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	dataset := string(l.base) + "dataset/" + path
	for _, s := range l.standards {
		missing := s.missing(tables)
		n := len(s.names)
		if float64(n-len(missing)) < leastShare*float64(n) {
			continue
		}
		out = append(out, said(dataset, s.iri, s.iri+"#on/"+path, n, missing)...)
	}
	slices.SortFunc(out, term.CompareTriples)
	return out, nil
}

// said says that a dataset follows a standard, or which of n fields it lacks.
func said(dataset, standard, assertion string, n int, missing []string) (out []term.Triple) {
	add := func(s, p string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	count := func(n int) term.Term { return term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger) }
	outcome, result := vocab.EARLFailed, assertion+"-result"
	if len(missing) == 0 {
		add(dataset, vocab.DCTConformsTo, term.NewIRI(standard))
		outcome = vocab.EARLPassed
	}
	add(assertion, vocab.RDFType, term.NewIRI(vocab.EARLAssertion))
	add(assertion, vocab.EARLSubject, term.NewIRI(dataset))
	add(assertion, vocab.EARLTest, term.NewIRI(standard))
	add(assertion, vocab.EARLMode, term.NewIRI(vocab.EARLAutomatic))
	add(assertion, vocab.EARLResult, term.NewIRI(result))
	add(result, vocab.RDFType, term.NewIRI(vocab.EARLTestResult))
	add(result, vocab.EARLOutcome, term.NewIRI(outcome))
	add(result, vocab.FincatFieldsAsked, count(n))
	add(result, vocab.FincatFieldsFound, count(n-len(missing)))
	for _, name := range missing {
		add(result, vocab.FincatFieldMissing, term.NewString(name))
	}
	return out
}

// missing are the names of the fields that the best of some tables lacks.
func (s *fields) missing(tables [][]string) (least []string) {
	for _, columns := range append(tables, nil) {
		has := map[string]bool{}
		for _, c := range columns {
			for _, name := range column.Names(c) {
				has[name] = true
			}
		}
		lacks := []string{}
		for field, names := range s.names {
			if !slices.ContainsFunc(names, func(n string) bool { return n != "" && has[n] }) {
				lacks = append(lacks, field)
			}
		}
		if least == nil || len(lacks) < len(least) {
			least = lacks
		}
	}
	slices.Sort(least)
	return least
}

// tables are the names of the columns of each table that a graph describes.
func (l *looking) tables(graph string) (out [][]string, err error) {
	triples, err := follow.Triples(l.ctx, l.sn, term.NewIRI(graph))
	title := map[string]string{}
	for _, t := range triples {
		if t.Predicate.Value() == vocab.CSVWTitles {
			title[t.Subject.Value()] = t.Object.Value()
		}
	}
	of := map[string]int{}
	for _, t := range triples {
		if t.Predicate.Value() != vocab.CSVWColumnProperty {
			continue
		}
		i, ok := of[t.Subject.Value()]
		if !ok {
			i, of[t.Subject.Value()] = len(out), len(out)
			out = append(out, nil)
		}
		if name := title[t.Object.Value()]; name != "" {
			out[i] = append(out[i], name)
		}
	}
	return out, err
}
