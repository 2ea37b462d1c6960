package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/sparql/results"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// fingerprint stands for an answer: the number of its members, the sum of their hashes,
// which does not depend on their order, and the hash of the sequence of what they are
// ordered by.
type fingerprint struct {
	n        int
	sum      xxh3.Uint128
	sequence uint64
}

func (f *fingerprint) add(member string) {
	h := xxh3.HashString128(member)
	f.n++
	f.sum.Lo += h.Lo
	f.sum.Hi += h.Hi
}

func (f *fingerprint) follow(key string) {
	f.sequence = f.sequence*0x9E3779B97F4A7C15 + xxh3.HashString(key) + 1
}

// String is short, and the same for the same answers.
func (f fingerprint) String() string {
	return fmt.Sprintf("%016x", f.sum.Lo^f.sum.Hi*3^f.sequence*5^uint64(f.n))
}

// understand reads an answer and returns its fingerprint, as far as answers to q must agree.
func understand(ctx context.Context, q *Query, mediaType string, doc *bytes.Buffer) (f fingerprint, err error) {
	if format, ok := results.FormatByMediaType(mediaType); ok {
		r, err := results.Read(ctx, bytes.NewReader(doc.Bytes()), format)
		if err != nil {
			return f, err
		}
		return understandResults(q, r)
	}
	format, ok := rdfio.FormatByMediaType(mediaType)
	if !ok {
		return f, fmt.Errorf("the Content-Type %.100q is neither a result format nor RDF", mediaType)
	}
	seen := map[string]bool{} // a graph is a set, but may be sent with repeats
	for t, err := range rdfio.Read(ctx, bytes.NewReader(doc.Bytes()), rdfio.ReadOptions{Format: format}) {
		if err != nil {
			return f, err
		}
		s := sameText(t.Subject) + " " + sameText(t.Predicate) + " " + sameText(t.Object)
		if !seen[s] {
			seen[s] = true
			f.add(s)
		}
	}
	if q.cut {
		f.sum = xxh3.Uint128{}
	}
	return f, nil
}

func understandResults(q *Query, r *results.Reader) (f fingerprint, err error) {
	if v, ok := r.Boolean(); ok {
		f.add(strconv.FormatBool(v))
		return f, nil
	}
	all := columnsOf(r.Vars(), slices.Sorted(slices.Values(r.Vars())))
	keys := columnsOf(r.Vars(), q.order)
	for s, err := range r.Solutions() {
		if err != nil {
			return f, err
		}
		f.add(sameSolution(s, r.Vars(), all))
		if len(keys) > 0 {
			f.follow(sameSolution(s, r.Vars(), keys))
		}
	}
	if q.cut {
		f.sum = xxh3.Uint128{}
	}
	return f, nil
}

// columnsOf returns the places of some of the variables, in the order of these.
func columnsOf(vars, some []string) []int {
	var out []int
	for _, v := range some {
		if i := slices.Index(vars, v); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

func sameSolution(s results.Solution, vars []string, columns []int) string {
	var b []byte
	for _, i := range columns {
		if !s[i].IsZero() {
			b = append(append(append(b, vars[i]...), '='), sameText(s[i])...)
			b = append(b, '\n')
		}
	}
	return string(b)
}

// sameText is a text under which terms of two endpoints are compared: numbers by value and
// datatype, language tags without regard to case, blank nodes all the same.
func sameText(t term.Term) string {
	switch {
	case t.IsBlankNode():
		return "_:"
	case t.IsTripleTerm():
		r := t.Triple()
		return "<<(" + sameText(r.Subject) + " " + sameText(r.Predicate) + " " + sameText(r.Object) + ")>>"
	}
	switch t.Datatype() {
	case vocab.RDFLangString:
		return strconv.Quote(t.Value()) + "@" + strings.ToLower(t.Lang())
	case vocab.XSDInteger, vocab.XSDDecimal:
		if r, ok := new(big.Rat).SetString(t.Value()); ok && len(t.Value()) < 100 {
			return r.RatString() + "^^" + t.Datatype()
		}
	case vocab.XSDDouble, vocab.XSDFloat:
		if v, err := strconv.ParseFloat(t.Value(), 64); err == nil {
			return fmt.Sprintf("%.12g^^%s", v, t.Datatype())
		}
	}
	return t.String()
}
