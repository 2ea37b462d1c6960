package editor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	maxSolutions = 2_000   // that a page shows
	maxTriples   = 1_000   // that a page shows
	maxText      = 4 << 20 // bytes of terms that a page shows
	maxNames     = 4_000   // resources whose names are looked up
)

// shown is the answer to a query as the page shows it.
type shown struct {
	Form    string          `json:"form"`
	Yes     bool            `json:"yes,omitempty"`    // of ASK
	Vars    []string        `json:"vars,omitempty"`   // of SELECT; of graphs: the parts of a triple
	Rows    [][]*cell       `json:"rows,omitempty"`   // solutions or triples
	Turtle  string          `json:"turtle,omitempty"` // of graphs
	More    bool            `json:"more,omitempty"`   // there are more than are shown
	Seconds float64         `json:"seconds"`          // that it took to find what is shown
	Names   map[string]name `json:"names,omitempty"`  // of the IRIs in rows

	bytes int
}

// cell is a term; nil is unbound.
type cell struct {
	Kind string `json:"k"` // iri, literal, blank or triple
	Text string `json:"v"`
	Lang string `json:"l,omitempty"`
	Type string `json:"d,omitempty"` // datatype, of typed literals other than strings
}

// name is how an IRI is shown.
type name struct {
	Short   string `json:"s"`
	Label   string `json:"n,omitempty"`
	Href    string `json:"h,omitempty"`
	Outside bool   `json:"o,omitempty"`
}

// run answers a query. It ends with the request, also when its sender gives up.
func (e *Editor) run(r *http.Request, text string) (any, error) {
	ctx := r.Context()
	q, o, err := e.parse(ctx, text)
	if err != nil {
		return nil, err
	}
	out := &shown{Form: q.Form().String()}
	err = e.snapshot(func(sn *store.Snapshot) error {
		o.Snapshot = sn
		start := time.Now()
		res, err := e.o.Engine.Run(ctx, q, o)
		if err != nil {
			return err
		}
		defer res.Close()
		switch res.Form() {
		case sparql.Ask:
			out.Yes, err = res.Boolean()
		case sparql.Select:
			err = out.solutions(res)
		default:
			err = out.graph(res)
		}
		out.Seconds = time.Since(start).Seconds()
		if err == nil {
			err = out.name(ctx, e.o.Namer(r, sn))
		}
		return err
	})
	return out, err
}

// add appends a row and reports whether there is room for another one.
func (s *shown) add(terms []term.Term, most int) bool {
	if len(s.Rows) == most || s.bytes > maxText {
		s.More = true
		return false
	}
	row := make([]*cell, len(terms))
	for i, t := range terms {
		row[i] = cellOf(t)
		if row[i] != nil {
			s.bytes += len(row[i].Text)
		}
	}
	s.Rows = append(s.Rows, row)
	return true
}

func (s *shown) solutions(res *sparql.Result) error {
	s.Vars, s.Rows = res.Vars(), [][]*cell{}
	for solution, err := range res.Solutions() {
		if err != nil {
			return err
		}
		if !s.add(solution, maxSolutions) {
			break
		}
	}
	return nil
}

func (s *shown) graph(res *sparql.Result) error {
	s.Vars, s.Rows = []string{"subject", "predicate", "object"}, [][]*cell{}
	var b strings.Builder
	w, err := rdfio.NewWriter(&b, rdfio.Turtle, rdfio.WriteOptions{})
	if err != nil {
		return err
	}
	for q, err := range res.Quads() {
		if err != nil {
			return err
		}
		if !s.add([]term.Term{q.Subject, q.Predicate, q.Object}, maxTriples) {
			break
		}
		if err := w.Write(q); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	s.Turtle = b.String()
	return nil
}

// name looks up the names of what is in the rows, each once.
func (s *shown) name(ctx context.Context, n Namer) error {
	s.Names = map[string]name{}
	for _, row := range s.Rows {
		for _, c := range row {
			if c == nil || c.Kind != "iri" {
				continue
			}
			if _, ok := s.Names[c.Text]; ok || len(s.Names) == maxNames {
				continue
			}
			if len(s.Names)%64 == 0 {
				if err := gate.From(ctx).Turn(ctx); err != nil {
					return err
				}
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			s.Names[c.Text] = nameOf(n, c.Text)
		}
	}
	return nil
}

func nameOf(n Namer, iri string) name {
	out := name{Short: n.Short(iri), Label: n.Label(iri)}
	out.Href, out.Outside = n.Href(iri)
	return out
}

func cellOf(t term.Term) *cell {
	switch {
	case t.IsZero():
		return nil
	case t.IsIRI():
		return &cell{Kind: "iri", Text: t.Value()}
	case t.IsBlankNode():
		return &cell{Kind: "blank", Text: t.Value()}
	case t.IsTripleTerm():
		return &cell{Kind: "triple", Text: t.String()}
	}
	c := &cell{Kind: "literal", Text: t.Value(), Lang: t.Lang()}
	if !t.IsString() && c.Lang == "" {
		c.Type = t.Datatype()
	}
	return c
}
