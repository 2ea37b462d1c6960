package catalogue

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Base is the beginning of all IRIs of entities: Base + "dataset/12".
const Base = "https://bench.example/"

// MaxDatasets bounds the size of a catalogue: about 46 thousand million statements.
const MaxDatasets = 1_000_000_000

// Options say which catalogue is made.
type Options struct {
	Datasets int    // how many datasets, from 1 to MaxDatasets; about 46 statements each
	Seed     uint64 // other seeds draw other catalogues
	// Triples leaves out the names of the graphs; otherwise each dataset with what belongs to
	// it is in a graph of its own, as harvested records are.
	Triples bool
}

// The numbers of the other entities follow from that of the datasets.
func (o Options) organisations() int { return 24 + o.Datasets/200 }
func (o Options) services() int      { return 1 + o.Datasets/50 }
func (o Options) people() int        { return 4 + o.Datasets/5 }
func (o Options) keywords() int      { return 40 + o.Datasets/20 }

// concepts are a tree with four narrower ones for each, of at most five levels.
func (o Options) concepts() int { return 21 + min(o.Datasets/10, 320) }

const catalogCount = 8

// Quads yields the catalogue.
func Quads(o Options) (iter.Seq2[term.Quad, error], error) {
	if o.Datasets < 1 || o.Datasets > MaxDatasets {
		return nil, fmt.Errorf("a catalogue of %d datasets: want 1 to %d", o.Datasets, MaxDatasets)
	}
	return func(yield func(term.Quad, error) bool) {
		m := &maker{Options: o, yield: func(q term.Quad) bool { return yield(q, nil) }}
		defer func() {
			if r := recover(); r != nil && r != any(errStopped) {
				panic(r)
			}
		}()
		m.all()
	}, nil
}

// errStopped unwinds the making when nobody wants more.
var errStopped = errors.New("stopped")

// maker makes the statements in order.
type maker struct {
	Options
	yield func(term.Quad) bool
	graph term.Term // of what is being made; zero with Triples
	about term.Term // the subject
}

func (m *maker) all() {
	m.in("catalogs")
	for i := range catalogCount {
		m.catalog(i)
	}
	m.in("organisations")
	for i := range m.organisations() {
		m.organisation(i)
	}
	m.in("concepts")
	for i := range m.concepts() {
		m.concept(i)
	}
	for i := range m.Datasets {
		m.in("dataset/" + strconv.Itoa(i))
		m.dataset(i, about(m.Seed, ofDataset, i))
	}
	for i := range m.services() {
		m.in("service/" + strconv.Itoa(i))
		m.service(i, about(m.Seed, ofService, i))
	}
	m.in("people")
	for i := range m.people() {
		m.person(i, about(m.Seed, ofPerson, i))
	}
}

// in begins a graph.
func (m *maker) in(name string) {
	if !m.Triples {
		m.graph = term.NewIRI(Base + "graph/" + name)
	}
}

// entity is the IRI of entity number i of a kind.
func entity(kind string, i int) term.Term { return term.NewIRI(Base + kind + "/" + strconv.Itoa(i)) }

// begin makes the following statements about an entity.
func (m *maker) begin(e term.Term, class string) {
	m.about = e
	m.says(vocab.RDFType, term.NewIRI(class))
}

// says makes one statement about the entity that was begun last.
func (m *maker) says(predicate string, object term.Term) { m.state(m.about, predicate, object) }

func (m *maker) state(s term.Term, predicate string, object term.Term) {
	q := term.Quad{Subject: s, Predicate: term.NewIRI(predicate), Object: object, Graph: m.graph}
	if !m.yield(q) {
		panic(errStopped)
	}
}

// inBoth says a text in both languages.
func (m *maker) inBoth(predicate, zh, en string) {
	m.says(predicate, term.NewLangString(zh, "zh"))
	m.says(predicate, term.NewLangString(en, "en"))
}

func number(n int) term.Term { return term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger) }

// The dates of the catalogue are within twelve years from this day on.
var firstDay = time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)

const days = 12 * 365

func date(day int) term.Term {
	return term.NewLiteral(firstDay.AddDate(0, 0, day).Format("2006-01-02"), vocab.XSDDate)
}

func moment(day, second int) term.Term {
	t := firstDay.AddDate(0, 0, day).Add(time.Duration(second) * time.Second)
	return term.NewLiteral(t.Format("2006-01-02T15:04:05Z"), vocab.XSDDateTime)
}
