package syntax

import (
	"strings"
	"testing"

	"fincat/sparql/value"
)

// spell writes a function with n arguments the way a query spells it.
func spell(f value.Function, n int) string {
	args := []string{"?a", "?b", "?c", "?d"}[:n]
	switch {
	case f == value.FnIn || f == value.FnNotIn:
		return args[0] + " " + f.String() + " (" + strings.Join(args[1:], ", ") + ")"
	case f >= value.FnToString:
		return "<" + f.String() + ">(" + strings.Join(args, ", ") + ")"
	case f.String()[0]|0x20 >= 'a' && f.String()[0]|0x20 <= 'z':
		return f.String() + "(" + strings.Join(args, ", ") + ")"
	case n == 1:
		return f.String() + args[0]
	}
	return strings.Join(args, " "+f.String()+" ")
}

// TestEveryFunction asserts that the parser knows every function of the table
// with every number of arguments that it takes and with no other, and that what
// is printed parses to the same.
func TestEveryFunction(t *testing.T) {
	for f := value.FnOr; f < value.FnKey; f++ {
		least, most := f.Arity()
		for n := range 5 {
			if n > 0 && n >= 4 && most > 4 || f < value.FnBound && n == 0 {
				continue
			}
			if f < value.FnBound && f != value.FnIn && f != value.FnNotIn && (n < least || n > most) {
				continue // as an operator it cannot be written
			}
			text := "ASK { FILTER(" + spell(f, min(n, 4)) + " = 1) }"
			if f == value.FnOr || f == value.FnAnd || f == value.FnIn || f == value.FnNotIn ||
				f >= value.FnEqual && f <= value.FnGreaterEqual {
				text = "ASK { FILTER(" + spell(f, n) + ") }"
			}
			q, err := ParseQuery(text, Options{})
			isCast := f >= value.FnToString // their arguments are not counted by the syntax
			if ok := n >= least && n <= most || isCast; (err == nil) != ok {
				t.Errorf("%s: %v", text, err)
			}
			if err != nil {
				continue
			}
			if again, err := ParseQuery(q.String(), Options{}); err != nil || again.String() != q.String() {
				t.Errorf("%s is printed as %s, which parses with %v", text, q, err)
			}
			if got := functionOf(q); got != f {
				t.Errorf("%s is taken as %v", text, got)
			}
		}
	}
}

// functionOf returns the first function other than the comparison around it.
func functionOf(q *Query) value.Function {
	var find func(e Expr) value.Function
	find = func(e Expr) value.Function {
		switch e := e.(type) {
		case CustomCall:
			return value.CastTo(e.IRI)
		case Call:
			if e.Func == value.FnEqual {
				if f := find(e.Args[0]); f != 0 {
					return f
				}
			}
			return e.Func
		}
		return 0
	}
	return find(q.Where.Elements[0].(*Filter).Expr)
}

// TestKeywordsAnyCase asserts that second spellings and other cases are known,
// and that letters that only look alike are not.
func TestKeywordsAnyCase(t *testing.T) {
	for _, text := range []string{"isuri(?a)", "Uri(?a)", "sTrLeN(?a)", "encode_For_uri(?a)"} {
		if _, err := ParseQuery("ASK { FILTER("+text+") }", Options{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"ſtr(?a)", "ABſ(?a)", "UNKNOWN(?a)", "\"STR\"(?a)"} {
		if _, err := ParseQuery("ASK { FILTER("+text+") }", Options{}); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
