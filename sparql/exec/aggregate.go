package exec

import (
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// accumulator is one aggregate of one group (SPARQL 1.1 §18.5.1). An error
// among the values makes the result an error, except for COUNT, which does
// not count it, and SAMPLE, which takes another value if there is one.
type accumulator interface {
	add(v Value)
	result() Value
}

// newAccumulator returns an accumulator for a set function by its keyword.
// COUNT is kept by the operators, which need no values for it.
func newAccumulator(name, separator string) (accumulator, bool) {
	switch name {
	case "COUNT":
		return &countOf{}, true
	case "SUM":
		return &sumOf{sum: intValue(0)}, true
	case "AVG":
		return &avgOf{sumOf{sum: intValue(0)}, 0}, true
	case "MIN":
		return &extremeOf{sign: -1}, true
	case "MAX":
		return &extremeOf{sign: 1}, true
	case "SAMPLE":
		return &sampleOf{}, true
	case "GROUP_CONCAT":
		return &concatOf{separator: separator}, true
	}
	return nil, false
}

type countOf struct{ n int64 }

func (c *countOf) add(v Value) {
	if !v.IsError() {
		c.n++
	}
}
func (c *countOf) result() Value { return intValue(c.n) }

type sumOf struct{ sum Value }

func (s *sumOf) add(v Value) { s.sum = arithmetic('+', s.sum, v) }

func (s *sumOf) result() Value { return s.sum }

type avgOf struct {
	sumOf
	n int64
}

func (a *avgOf) add(v Value) {
	a.sumOf.add(v)
	a.n++
}

func (a *avgOf) result() Value {
	if a.n == 0 {
		return intValue(0)
	}
	return arithmetic('/', a.sum, Value{kind: kInteger, dec: apd.New(a.n, 0)})
}

// extremeOf is MIN or MAX, by the order of ORDER BY.
type extremeOf struct {
	best   Value
	seen   bool
	failed bool
	sign   int
}

func (e *extremeOf) add(v Value) {
	switch {
	case v.IsError():
		e.failed = true
	case !e.seen || CompareOrder(v, e.best)*e.sign > 0:
		e.best, e.seen = v, true
	}
}

func (e *extremeOf) result() Value {
	if e.failed {
		return Value{}
	}
	return e.best
}

type sampleOf struct{ v Value }

func (s *sampleOf) add(v Value) {
	if s.v.IsError() {
		s.v = v
	}
}
func (s *sampleOf) result() Value { return s.v }

// concatOf is GROUP_CONCAT; the strings come in the order of the solutions.
type concatOf struct {
	b         strings.Builder
	separator string
	any       bool
	failed    bool
}

func (c *concatOf) add(v Value) {
	s := fnStr(v)
	if s.IsError() {
		c.failed = true
		return
	}
	if c.any {
		c.b.WriteString(c.separator)
	}
	c.any = true
	c.b.WriteString(s.text())
}

func (c *concatOf) result() Value {
	if c.failed {
		return Value{}
	}
	return stringValue(c.b.String())
}
