package canon

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	_ "crypto/sha256" // registers SHA-256
	_ "crypto/sha512" // registers SHA-384
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"fincat/vocab/term"
)

// ErrPoison is the error of [Canonicalize] for a dataset whose blank nodes are
// so alike that labelling them would take more than the work limit: a poison
// dataset (RDFC-1.0 §7.1).
var ErrPoison = errors.New("too many alike blank nodes to canonicalise")

// Options are the options of [Canonicalize].
type Options struct {
	Hash crypto.Hash // hash function; default crypto.SHA256

	// WorkLimit bounds the calls of Hash N-Degree Quads and the permutations that
	// are tried; default 20,000 to 500,000 by the number of blank nodes.
	WorkLimit int
}

// Dataset is a canonical RDF dataset (RDFC-1.0 §4.2).
type Dataset struct {
	NQuads []byte                  // the canonical N-Quads document
	Quads  []term.Quad             // its quads, in its order, without repetition
	Issued map[term.Term]term.Term // issued identifiers map: each blank node of the input and its canonical one
}

// Canonicalize labels the blank nodes of a dataset canonically after RDF
// Dataset Canonicalization RDFC-1.0, so that isomorphic datasets become equal
// byte for byte. It stops with [ErrPoison] at the work limit and with the
// context's error when cancelled.
//
// RDFC-1.0 does not say what to do with triple terms. Here a blank node inside a
// triple term is treated as one in the quad, with the path into the triple term
// instead of the position. RDF datasets without triple terms get exactly what the
// specification says.
func Canonicalize(ctx context.Context, quads []term.Quad, o Options) (Dataset, error) {
	o.Hash = cmp.Or(o.Hash, crypto.SHA256)
	if o.Hash != crypto.SHA256 && o.Hash != crypto.SHA384 {
		return Dataset{}, fmt.Errorf("canonicalise: hash function %v is not SHA-256 or SHA-384", o.Hash)
	}
	c := newCanonicalizer(ctx, quads, o)
	if o.WorkLimit == 0 { // a list of n equal values takes 2n²
		n := min(len(c.terms), 500)
		c.work = min(20_000+4*n*n, 500_000)
	}
	if len(c.terms) > 0 {
		if err := c.label(); err != nil {
			return Dataset{}, fmt.Errorf("canonicalise %d quads with %d blank nodes: %w", len(quads), len(c.terms),
				err)
		}
	}
	return c.result(quads), nil
}

// result writes the canonical document.
func (c *canonicalizer) result(quads []term.Quad) Dataset {
	r := Dataset{Issued: make(map[term.Term]term.Term, len(c.terms))}
	for n, t := range c.terms {
		r.Issued[t] = term.NewBlankNode(c.canonical.label(n))
	}
	type line struct {
		text []byte
		quad term.Quad
	}
	lines := make([]line, len(quads))
	var arena []byte
	for i, q := range quads {
		if len(r.Issued) > 0 && q.HasBlankNode() {
			q = q.MapBlankNodes(func(t term.Term) term.Term { return r.Issued[t] })
		}
		start := len(arena)
		arena = append(q.Append(arena), '\n')
		lines[i] = line{arena[start:len(arena):len(arena)], q}
	}
	slices.SortFunc(lines, func(a, b line) int { return bytes.Compare(a.text, b.text) })
	lines = slices.CompactFunc(lines, func(a, b line) bool { return bytes.Equal(a.text, b.text) })
	r.NQuads = make([]byte, 0, len(arena))
	r.Quads = make([]term.Quad, len(lines))
	for i, l := range lines {
		r.NQuads = append(r.NQuads, l.text...)
		r.Quads[i] = l.quad
	}
	return r
}

// An issuer gives out identifiers in order (RDFC-1.0 §4.5).
type issuer struct {
	prefix string
	order  []int // nodes in order of issue
}

// index returns the number issued for node, or -1. It looks through the whole order,
// which is short: a temporary issuer holds only nodes that are alike and connected.
func (s *issuer) index(node int) int { return slices.Index(s.order, node) }

func (s *issuer) issue(node int) string {
	i := s.index(node)
	if i < 0 {
		i = len(s.order)
		s.order = append(s.order, node)
	}
	return s.prefix + strconv.Itoa(i)
}

func (s *issuer) clone() *issuer { return &issuer{s.prefix, slices.Clone(s.order)} }

// numbering is the issuer of canonical identifiers, with direct lookup.
type numbering struct {
	number []int // node → number, -1 before issue
	next   int
}

func (s *numbering) has(node int) bool     { return s.number[node] >= 0 }
func (s *numbering) label(node int) string { return "c14n" + strconv.Itoa(s.number[node]) }

func (s *numbering) issue(node int) {
	if s.number[node] < 0 {
		s.number[node] = s.next
		s.next++
	}
}

// canonicalizer is the canonicalization state (RDFC-1.0 §4.3) with blank nodes
// as numbers.
type canonicalizer struct {
	ctx       context.Context
	hash      crypto.Hash
	work      int // what is left of the limit
	terms     []term.Term
	mentions  [][]mention // node → its quads
	first     []string    // node → first degree hash
	canonical numbering
	buf       []byte
}

// A mention is a quad with blank nodes and the places where they stand.
type mention struct {
	quad   term.Quad
	places *[]place
}

// A place is an occurrence of a blank node in a quad. Its position (the letter s, o
// or g and the predicate) is hashed together with its identifier.
type place struct {
	node     int
	position string
}

func newCanonicalizer(ctx context.Context, quads []term.Quad, o Options) *canonicalizer {
	c := &canonicalizer{ctx: ctx, hash: o.Hash, work: o.WorkLimit}
	ids := map[term.Term]int{}
	seen := map[term.Quad]bool{}
	for _, q := range quads {
		if !q.HasBlankNode() || seen[q] {
			continue
		}
		seen[q] = true
		var places []place
		visit := func(position string, t term.Term) {
			id, ok := ids[t]
			if !ok {
				id = len(c.terms)
				ids[t] = id
				c.terms = append(c.terms, t)
				c.mentions = append(c.mentions, nil)
			}
			places = append(places, place{id, position})
		}
		predicate := q.Predicate.String()
		visitBlankNodes("s", predicate, q.Subject, visit)
		visitBlankNodes("o", predicate, q.Object, visit)
		visitBlankNodes("g", "", q.Graph, visit)
		for i, p := range places {
			if !slices.ContainsFunc(places[:i], func(earlier place) bool { return earlier.node == p.node }) {
				c.mentions[p.node] = append(c.mentions[p.node], mention{q, &places})
			}
		}
	}
	c.canonical.number = make([]int, len(c.terms))
	for i := range c.canonical.number {
		c.canonical.number[i] = -1
	}
	return c
}

// visitBlankNodes calls visit for the blank nodes in t with their position:
// the letter and, save for graph names, the predicate.
func visitBlankNodes(position, predicate string, t term.Term, visit func(string, term.Term)) {
	switch {
	case t.IsBlankNode():
		visit(position+predicate, t)
	case t.IsTripleTerm():
		tr := t.Triple()
		inner := predicate + tr.Predicate.String()
		visitBlankNodes(position+"s", inner, tr.Subject, visit)
		visitBlankNodes(position+"o", inner, tr.Object, visit)
	}
}

// label issues canonical identifiers (RDFC-1.0 §4.4.3, steps 3 to 5).
func (c *canonicalizer) label() error {
	byHash := map[string][]int{}
	c.first = make([]string, len(c.terms))
	for n := range c.terms {
		c.first[n] = c.hashFirstDegree(n)
		byHash[c.first[n]] = append(byHash[c.first[n]], n)
	}
	hashes := make([]string, 0, len(byHash))
	for h := range byHash {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	for _, h := range hashes {
		if len(byHash[h]) == 1 {
			c.canonical.issue(byHash[h][0])
		}
	}
	for _, h := range hashes {
		if len(byHash[h]) == 1 {
			continue
		}
		if err := c.labelAlike(byHash[h]); err != nil {
			return err
		}
	}
	return nil
}

// labelAlike issues identifiers for nodes of one first degree hash.
func (c *canonicalizer) labelAlike(nodes []int) error {
	type path struct {
		hash   string
		issued *issuer
	}
	var paths []path
	for _, n := range nodes {
		if c.canonical.has(n) {
			continue
		}
		temporary := &issuer{prefix: "b"}
		temporary.issue(n)
		h, issued, err := c.hashNDegree(n, temporary)
		if err != nil {
			return err
		}
		paths = append(paths, path{h, issued})
	}
	slices.SortStableFunc(paths, func(a, b path) int { return cmp.Compare(a.hash, b.hash) })
	for _, p := range paths {
		for _, n := range p.issued.order {
			c.canonical.issue(n)
		}
	}
	return nil
}

// hashFirstDegree is defined in RDFC-1.0 §4.6.
func (c *canonicalizer) hashFirstDegree(node int) string {
	self, other := term.NewBlankNode("a"), term.NewBlankNode("z")
	lines := make([]string, len(c.mentions[node]))
	for i, m := range c.mentions[node] {
		q := m.quad.MapBlankNodes(func(t term.Term) term.Term {
			if t == c.terms[node] {
				return self
			}
			return other
		})
		c.buf = append(q.Append(c.buf[:0]), '\n')
		lines[i] = string(c.buf)
	}
	slices.Sort(lines)
	return c.digest(lines...)
}

func (c *canonicalizer) digest(parts ...string) string {
	h := c.hash.New()
	for _, p := range parts {
		c.buf = append(c.buf[:0], p...)
		h.Write(c.buf)
	}
	c.buf = h.Sum(c.buf[:0])
	return hex.EncodeToString(c.buf)
}
