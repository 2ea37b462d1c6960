package value

import (
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Aggregator is a builtin set function (SPARQL 1.1 §18.5.1).
type Aggregator uint8

// The set functions.
const (
	AggCount Aggregator = iota + 1
	AggSum
	AggMin
	AggMax
	AggAvg
	AggSample
	AggGroupConcat

	aggregatorEnd // one more than the last set function
)

// aggregators is the table of the set functions. It is never changed.
var aggregators = [aggregatorEnd]struct {
	keyword string
	start   func(separator string) Accumulator
}{
	AggCount:       {"COUNT", func(string) Accumulator { return &countOf{} }},
	AggSum:         {"SUM", func(string) Accumulator { return &sumOf{sum: Int(0)} }},
	AggMin:         {"MIN", func(string) Accumulator { return &extremeOf{sign: -1} }},
	AggMax:         {"MAX", func(string) Accumulator { return &extremeOf{sign: 1} }},
	AggAvg:         {"AVG", func(string) Accumulator { return &avgOf{sumOf: sumOf{sum: Int(0)}} }},
	AggSample:      {"SAMPLE", func(string) Accumulator { return &sampleOf{} }},
	AggGroupConcat: {"GROUP_CONCAT", func(separator string) Accumulator { return &concatOf{separator: separator} }},
}

// String returns the keyword of the set function.
func (a Aggregator) String() string {
	if a < aggregatorEnd {
		return aggregators[a].keyword
	}
	return ""
}

// Start returns the accumulator of one group. The separator is that of
// GROUP_CONCAT; the others have none.
func (a Aggregator) Start(separator string) Accumulator { return aggregators[a].start(separator) }

// AggregatorByKeyword returns the set function with a keyword, in any case; 0
// when there is none.
func AggregatorByKeyword(word string) Aggregator {
	for a := AggCount; a < aggregatorEnd; a++ {
		if strings.EqualFold(aggregators[a].keyword, word) {
			return a
		}
	}
	return 0
}

// Accumulator is one aggregate of one group (SPARQL 1.1 §18.5.1). An error
// among the values makes the result an error, except for COUNT, which does
// not count it, and SAMPLE, which takes another value if there is one.
type Accumulator interface {
	// Add takes the value of one more solution in.
	Add(v Value)
	// Result returns the value of the aggregate so far.
	Result() Value
}

type countOf struct{ n int64 }

func (c *countOf) Add(v Value) {
	if !v.IsError() {
		c.n++
	}
}
func (c *countOf) Result() Value { return Int(c.n) }

type sumOf struct{ sum Value }

func (s *sumOf) Add(v Value) { s.sum = arithmetic('+', s.sum, v) }

func (s *sumOf) Result() Value { return s.sum }

type avgOf struct {
	sumOf
	n int64
}

func (a *avgOf) Add(v Value) {
	a.sumOf.Add(v)
	a.n++
}

func (a *avgOf) Result() Value {
	if a.n == 0 {
		return Int(0)
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

func (e *extremeOf) Add(v Value) {
	switch {
	case v.IsError():
		e.failed = true
	case !e.seen || CompareOrder(v, e.best)*e.sign > 0:
		e.best, e.seen = v, true
	}
}

func (e *extremeOf) Result() Value {
	if e.failed {
		return Value{}
	}
	return e.best
}

type sampleOf struct{ v Value }

func (s *sampleOf) Add(v Value) {
	if s.v.IsError() {
		s.v = v
	}
}
func (s *sampleOf) Result() Value { return s.v }

// concatOf is GROUP_CONCAT; the strings come in the order of the solutions.
type concatOf struct {
	b         strings.Builder
	separator string
	any       bool
	failed    bool
}

func (c *concatOf) Add(v Value) {
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

func (c *concatOf) Result() Value {
	if c.failed {
		return Value{}
	}
	return String(c.b.String())
}
