package shacl

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/term"
)

// The variables that SHACL gives a meaning to (SHACL §5.2.1, §5.3.2, §6.2.1).
const (
	varThis         = "this"
	varValue        = "value"
	varPath         = "path"
	varPATH         = "PATH"
	varMessage      = "message"
	varFailure      = "failure"
	varShapesGraph  = "shapesGraph"
	varCurrentShape = "currentShape"
)

// prepared is a query of the shapes graph, ready for pre-binding (SHACL §5.3.1
// and appendix A): each group graph pattern begins with a table of the
// pre-bound variables.
type prepared struct {
	vars  []algebra.Var // of the solutions
	bound []syntax.Var  // the pre-bound variables that the query uses

	mu    sync.Mutex // for table while it is translated
	tree  *syntax.Query
	table *syntax.InlineData
}

// translate returns the query in algebra, and the only row of its table, to be
// filled with the values of p.bound before each use.
func (p *prepared) translate() (*algebra.Query, []term.Term, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	row := make([]term.Term, len(p.bound))
	p.table.Rows = [][]term.Term{row}
	q, err := algebra.Translate(p.tree, algebra.Options{})
	return q, row, err
}

// sparqlConstraints adds the constraints of sh:sparql (SHACL §5).
func (c *compiler) sparqlConstraints(s *shape) error {
	for _, node := range c.graph.objects(s.node, vocab.SHSparql) {
		if off, err := c.graph.boolean(node, vocab.SHDeactivated); err != nil || off {
			if err != nil {
				return err
			}
			continue
		}
		q, err := c.selectQuery(node, s, nil)
		if err != nil {
			return err
		}
		messages, err := c.messages(node, s)
		if err != nil {
			return err
		}
		s.rules = append(s.rules, rule{
			check: q, component: term.NewIRI(vocab.SHSPARQLConstraintComponent), source: node, messages: messages,
		})
		s.deep = true
	}
	return nil
}

// messages returns the texts for results of a query: its own sh:message, else
// those of the shape, else ours.
func (c *compiler) messages(node term.Term, s *shape) ([]term.Term, error) {
	own := c.graph.objects(node, vocab.SHMessage)
	for _, m := range own {
		if !m.IsLiteral() {
			return nil, wrong(node, "sh:message must be a text, not %v", m)
		}
	}
	switch {
	case len(own) > 0:
		return own, nil
	case len(s.messages) > 0:
		return s.messages, nil
	}
	return []term.Term{
		term.NewLangString("does not meet a condition that the shape states as a SPARQL query", "en"),
		term.NewLangString("不符合形狀以 SPARQL 查詢表示的條件", "zh-Hant"),
	}, nil
}

// selectQuery compiles the SELECT query of a constraint or validator. params
// are the parameters of a constraint component, nil for sh:sparql.
func (c *compiler) selectQuery(node term.Term, s *shape, params map[string]term.Term) (*query, error) {
	tree, err := c.parse(node, vocab.SHSelect, syntax.SelectForm)
	if err != nil {
		return nil, err
	}
	bound := map[syntax.Var]bool{varThis: true}
	p, err := c.prepare(node, tree, s, bound, params)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.vars, algebra.Var(varThis)) {
		return nil, wrong(node, "the query must have $this in its SELECT clause (SHACL §5.2.1)")
	}
	return &query{prepared: p, params: params}, nil
}

// parse parses the query at a node with the prefixes that it declares.
func (c *compiler) parse(node term.Term, property string, form syntax.Form) (*syntax.Query, error) {
	text, err := c.graph.one(node, property)
	if err != nil {
		return nil, err
	}
	if !text.IsString() {
		return nil, wrong(node, "must have one string as value of <%s>", property)
	}
	prologue, err := c.prologue(node)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.ParseQuery(prologue+text.Value(), syntax.Options{})
	if err != nil {
		return nil, wrong(node, "the query is no SPARQL: %v", err)
	}
	if tree.Form != form {
		return nil, wrong(node, "the query must have the form %v", form)
	}
	return tree, nil
}

// prologue returns the PREFIX declarations of a query, on one line so that the
// line numbers of errors are those of its text (SHACL §5.2.1).
func (c *compiler) prologue(node term.Term) (string, error) {
	namespaces := map[string]string{}
	seen := map[term.Term]bool{}
	queue := c.graph.objects(node, vocab.SHPrefixes)
	var order []string
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		queue = append(queue, c.graph.objects(at, vocab.OWLImports)...)
		for _, d := range c.graph.objects(at, vocab.SHDeclare) {
			prefix, err := c.graph.one(d, vocab.SHPrefix)
			if err != nil {
				return "", err
			}
			namespace, err := c.graph.one(d, vocab.SHNamespace)
			if err != nil {
				return "", err
			}
			if !prefix.IsLiteral() || !namespace.IsLiteral() {
				return "", wrong(d, "a prefix declaration has one sh:prefix and one sh:namespace")
			}
			old, ok := namespaces[prefix.Value()]
			if ok && old != namespace.Value() {
				return "", wrong(node, "the prefix %q is declared for %s and for %s",
					prefix.Value(), old, namespace.Value())
			}
			if !ok {
				order = append(order, prefix.Value())
			}
			namespaces[prefix.Value()] = namespace.Value()
		}
	}
	var b strings.Builder
	for _, prefix := range order {
		fmt.Fprintf(&b, "PREFIX %s: <%s> ", prefix, namespaces[prefix])
	}
	return b.String(), nil
}

// prepare checks that a query allows pre-binding, and makes it ready for it.
// bound has the variables that it always gets values for.
func (c *compiler) prepare(node term.Term, tree *syntax.Query, s *shape, bound map[syntax.Var]bool,
	params map[string]term.Term) (*prepared, error) {
	for name := range params {
		bound[syntax.Var(name)] = true
	}
	w := prebinder{node: node, must: bound, shape: s}
	if err := w.check(tree); err != nil {
		return nil, err
	}
	p := &prepared{tree: tree, table: &syntax.InlineData{}}
	for v := range w.used {
		switch {
		case v == varShapesGraph:
			c.out.graph = true
			p.bound = append(p.bound, v)
		case v == varThis, v == varCurrentShape, v == varValue && bound[v], !params[string(v)].IsZero():
			p.bound = append(p.bound, v)
		}
	}
	slices.Sort(p.bound)
	p.table.Vars = p.bound
	w.table = p.table
	w.insert(tree)
	q, _, err := p.translate()
	if err != nil {
		return nil, wrong(node, "the query: %v", err)
	}
	p.vars = q.Vars
	c.out.sparql = true
	return p, nil
}
