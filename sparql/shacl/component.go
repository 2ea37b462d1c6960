package shacl

import (
	"strings"

	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/term"
)

// component is a SPARQL-based constraint component (SHACL §6).
type component struct {
	node       term.Term
	parameters []parameter
}

type parameter struct {
	property string // its IRI
	name     string // of the variable
	optional bool
}

// components reads the constraint components of the shapes graph.
func (c *compiler) components() error {
	seen := map[term.Term]bool{}
	for _, t := range c.graph.triples {
		if seen[t.Subject] {
			continue
		}
		seen[t.Subject] = true
		if !c.graph.isA(t.Subject, vocab.SHConstraintComponent) {
			continue
		}
		if strings.HasPrefix(t.Subject.Value(), vocab.SHNS) {
			continue // those of SHACL Core, from its own vocabulary
		}
		k := &component{node: t.Subject}
		required := 0
		for _, p := range c.graph.objects(t.Subject, vocab.SHParameterProperty) {
			at, err := c.graph.one(p, vocab.SHPath)
			if err != nil {
				return err
			}
			if !at.IsIRI() {
				return wrong(p, "the sh:path of a parameter must be an IRI")
			}
			optional, err := c.graph.boolean(p, vocab.SHOptional)
			if err != nil {
				return err
			}
			name := at.Value()[strings.LastIndexAny(at.Value(), "#/:")+1:]
			switch name {
			case "", varThis, varShapesGraph, varCurrentShape, varPath, varPATH, varValue:
				return wrong(p, "the parameter cannot be named %q (SHACL §6.2.1)", name)
			}
			k.parameters = append(k.parameters, parameter{at.Value(), name, optional})
			if !optional {
				required++
			}
		}
		if required == 0 {
			return wrong(t.Subject, "a constraint component needs a parameter that is not optional")
		}
		c.customs = append(c.customs, k)
	}
	return nil
}

// instances adds the constraints that the constraint components declare in a
// shape: those whose required parameters it has.
func (c *compiler) instances(s *shape) error {
	for _, k := range c.customs {
		params, ok, err := c.arguments(k, s)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		for _, args := range params {
			if err := c.instance(k, s, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// arguments returns the parameter values of each constraint of a component: a
// component with one parameter makes one for each value (SHACL §2.1.2).
func (c *compiler) arguments(k *component, s *shape) (out []map[string]term.Term, ok bool, err error) {
	args := map[string]term.Term{}
	for _, p := range k.parameters {
		values := c.graph.objects(s.node, p.property)
		switch {
		case len(values) == 0 && !p.optional:
			return nil, false, nil
		case len(values) > 1 && len(k.parameters) > 1:
			return nil, false, wrong(s.node, "has more than one value of <%s>, a parameter of %v", p.property, k.node)
		case len(k.parameters) == 1:
			for _, v := range values {
				out = append(out, map[string]term.Term{p.name: v})
			}
			return out, true, nil
		case len(values) == 1:
			args[p.name] = values[0]
		default:
			args[p.name] = term.Term{}
		}
	}
	return []map[string]term.Term{args}, true, nil
}

// instance adds one constraint with the validator that fits the shape (SHACL
// §6.2.3): the one for its kind, else sh:validator.
func (c *compiler) instance(k *component, s *shape, args map[string]term.Term) error {
	special := vocab.SHNodeValidator
	if s.path != nil {
		special = vocab.SHPropertyValidator
	}
	var check checker
	var node term.Term
	if found := c.graph.objects(k.node, special); len(found) > 0 {
		node = found[0]
		if c.graph.has(node, vocab.SHAsk) {
			a, err := c.askQuery(node, s, args)
			if err != nil {
				return err
			}
			check = a
		} else {
			q, err := c.selectQuery(node, s, args)
			if err != nil {
				return err
			}
			check = q
		}
	} else if found := c.graph.objects(k.node, vocab.SHValidator); len(found) > 0 {
		node = found[0]
		a, err := c.askQuery(node, s, args)
		if err != nil {
			return err
		}
		check = a
	} else {
		return nil
	}
	messages, err := c.componentMessages(k, node, s)
	if err != nil {
		return err
	}
	s.rules = append(s.rules, rule{check: check, component: k.node, messages: messages})
	s.deep = true
	return nil
}

// componentMessages are those of the shape, else of the validator, else of the
// component.
func (c *compiler) componentMessages(k *component, validator term.Term, s *shape) ([]term.Term, error) {
	if len(s.messages) > 0 {
		return s.messages, nil
	}
	if !c.graph.has(validator, vocab.SHMessage) && c.graph.has(k.node, vocab.SHMessage) {
		return c.messages(k.node, s)
	}
	return c.messages(validator, s)
}

func (c *compiler) askQuery(node term.Term, s *shape, args map[string]term.Term) (*ask, error) {
	tree, err := c.parse(node, vocab.SHAsk, syntax.AskForm)
	if err != nil {
		return nil, err
	}
	bound := map[syntax.Var]bool{varThis: true, varValue: true}
	p, err := c.prepare(node, tree, s, bound, args)
	if err != nil {
		return nil, err
	}
	return &ask{prepared: p, params: args}, nil
}
