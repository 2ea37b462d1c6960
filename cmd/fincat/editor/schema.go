package editor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// schema is what the editor completes from.
type schema struct {
	Prefixes map[string]string `json:"prefixes"` // prefix to namespace
	Classes  []class           `json:"classes"`  // the largest first; none before the first harvest
	Names    map[string]string `json:"names"`    // of classes and properties that have one
}

// class is a class with the properties that its members have.
type class struct {
	IRI        string     `json:"iri"`
	Entities   int        `json:"n"`
	Properties []property `json:"properties"` // the most frequent first
}

type property struct {
	IRI     string `json:"iri"`
	Triples int    `json:"n"`
}

// described asks for the partitions of the VoID description that the store keeps.
const described = `PREFIX void: <http://rdfs.org/ns/void#>
SELECT ?class ?entities ?property ?triples { GRAPH %s {
  ?c void:class ?class ; void:entities ?entities ; void:propertyPartition ?p .
  ?p void:property ?property ; void:triples ?triples
} } ORDER BY DESC(?entities) ?class DESC(?triples) ?property LIMIT 20000`

// schema returns the prefixes, the classes and their properties.
func (e *Editor) schema(r *http.Request) (any, error) {
	out := schema{Prefixes: vocab.Prefixes(), Classes: []class{}, Names: map[string]string{}}
	err := e.snapshot(func(sn *store.Snapshot) error {
		n := e.o.Namer(r, sn)
		text := fmt.Sprintf(described, term.NewIRI(e.o.Base.VoidGraph()))
		return e.each(r.Context(), sn, text, func(row []term.Term) {
			iri, p := row[0].Value(), row[2].Value()
			if k := len(out.Classes); k == 0 || out.Classes[k-1].IRI != iri {
				out.Classes = append(out.Classes, class{IRI: iri, Entities: number(row[1])})
			}
			c := &out.Classes[len(out.Classes)-1]
			c.Properties = append(c.Properties, property{p, number(row[3])})
			for _, x := range []string{iri, p} {
				if _, ok := out.Names[x]; !ok {
					out.Names[x] = n.Label(x)
				}
			}
		})
	})
	return out, err
}

// each runs a query of our own over a snapshot, which must not take long.
func (e *Editor) each(ctx context.Context, sn *store.Snapshot, text string, f func([]term.Term)) error {
	res, err := e.o.Engine.Query(ctx, text, sparql.QueryOptions{Snapshot: sn, Timeout: helpTimeout})
	if err != nil {
		return err
	}
	defer res.Close()
	for row, err := range res.Solutions() {
		if err != nil {
			return err
		}
		f(row)
	}
	return nil
}

func number(t term.Term) int {
	n, err := strconv.Atoi(t.Value())
	if err != nil {
		return 0
	}
	return n
}

const (
	helpTimeout = 3 * time.Second // of what the editor asks by itself
	maxValues   = 200             // of a property that are offered
)

// offered are values of a property.
type offered struct {
	Values []value `json:"values"`
	More   bool    `json:"more,omitempty"`
}

// value is a term as SPARQL writes it, with the name of a resource.
type value struct {
	Text string `json:"text"`
	IRI  string `json:"iri,omitempty"`
	Name string `json:"name,omitempty"`
}

// values returns values of the property that the parameter property names, of members of
// the class that the parameter class names if there is one.
func (e *Editor) values(r *http.Request) (any, error) {
	q := r.URL.Query()
	p, err := iriOf(q, "property", true)
	if err != nil {
		return nil, err
	}
	of, err := iriOf(q, "class", false)
	if err != nil {
		return nil, err
	}
	pattern := fmt.Sprintf("?s %s ?o", p)
	if !of.IsZero() {
		pattern = fmt.Sprintf("?s a %s . %s", of, pattern)
	}
	out := offered{Values: []value{}}
	err = e.snapshot(func(sn *store.Snapshot) error {
		n := e.o.Namer(r, sn)
		text := fmt.Sprintf("SELECT DISTINCT ?o { %s FILTER(!isBlank(?o)) } LIMIT %d", pattern, maxValues+1)
		return e.each(r.Context(), sn, text, func(row []term.Term) {
			if len(out.Values) == maxValues {
				out.More = true
				return
			}
			v := value{Text: row[0].String()}
			if row[0].IsIRI() {
				v.IRI, v.Name = row[0].Value(), n.Label(row[0].Value())
			}
			if len(v.Text) <= maxOffered {
				out.Values = append(out.Values, v)
			}
		})
	})
	return out, err
}

// maxOffered is how long a value may be that is offered, in bytes.
const maxOffered = 400

// iriOf reads a parameter that is an absolute IRI.
func iriOf(q url.Values, name string, needed bool) (term.Term, error) {
	text := q.Get(name)
	if text == "" && !needed {
		return term.Term{}, nil
	}
	if err := term.CheckIRI(text); err != nil || term.SplitIRI(text).Scheme == "" {
		return term.Term{}, &protocol.Problem{Status: http.StatusBadRequest,
			Detail: fmt.Sprintf("the parameter %s is %.100q, which is no absolute IRI", name, text)}
	}
	return term.NewIRI(text), nil
}
