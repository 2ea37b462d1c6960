package plan

import (
	"strings"

	"fincat/sparql/syntax"
)

// pathText writes a property path for people.
func pathText(p syntax.PathExpr) string {
	list := func(ps []syntax.PathExpr, sep string) string {
		parts := make([]string, len(ps))
		for i, x := range ps {
			parts[i] = pathText(x)
		}
		return "(" + strings.Join(parts, sep) + ")"
	}
	switch p := p.(type) {
	case syntax.PathLink:
		return "<" + p.IRI + ">"
	case syntax.PathInverse:
		return "^" + pathText(p.Path)
	case syntax.PathSequence:
		return list(p.Paths, "/")
	case syntax.PathAlternative:
		return list(p.Paths, "|")
	case syntax.PathZeroOrMore:
		return pathText(p.Path) + "*"
	case syntax.PathOneOrMore:
		return pathText(p.Path) + "+"
	case syntax.PathZeroOrOne:
		return pathText(p.Path) + "?"
	case syntax.PathNegated:
		var parts []string
		for _, iri := range p.Forward {
			parts = append(parts, "<"+iri+">")
		}
		for _, iri := range p.Inverse {
			parts = append(parts, "^<"+iri+">")
		}
		return "!(" + strings.Join(parts, "|") + ")"
	}
	return "?"
}
