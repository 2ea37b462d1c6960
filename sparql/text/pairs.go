package text

import (
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
)

// characters is the last filter of the analyser for what is indexed: it gives single
// characters of Chinese, Japanese and Korean and pairs of adjacent ones, as bleve's own
// filter cjk_bigram does with output_unigram. That one makes three pieces of memory for
// each character; this one makes three for a whole literal.
type characters struct{}

// Filter implements [analysis.TokenFilter].
func (characters) Filter(in analysis.TokenStream) analysis.TokenStream {
	n, bytes := 0, 0 // of single characters
	for _, t := range in {
		if t.Type == analysis.Ideographic {
			n, bytes = n+utf8.RuneCount(t.Term), bytes+len(t.Term)
		}
	}
	c := collector{out: make(analysis.TokenStream, 0, len(in)+2*n), tokens: make([]analysis.Token, 0, 2*n),
		terms: make([]byte, 0, 2*bytes), position: 1}
	for _, t := range in {
		if t.Type != analysis.Ideographic {
			c.end()
			t.Position = c.position
			c.out = append(c.out, t)
			c.position++
			continue
		}
		for at := 0; at < len(t.Term); {
			_, size := utf8.DecodeRune(t.Term[at:])
			c.character(t.Term[at:at+size], t.Start+at)
			at += size
		}
	}
	c.end()
	return c.out
}

// collector has what was given out, and the last character, which waits for the next.
type collector struct {
	out      analysis.TokenStream
	tokens   []analysis.Token // room for those of characters
	terms    []byte           // room for pairs
	last     []byte
	start    int // of the last character
	position int
}

// character takes the next character. It ends what came before unless it adjoins it.
func (c *collector) character(term []byte, start int) {
	if c.last != nil && start != c.start+len(c.last) {
		c.end()
	}
	if c.last != nil {
		c.add(analysis.Single, c.last)
		from := len(c.terms)
		c.terms = append(append(c.terms, c.last...), term...)
		c.add(analysis.Double, c.terms[from:len(c.terms):len(c.terms)])
		c.position++
	}
	c.last, c.start = term, start
}

// end gives out the last of adjacent characters.
func (c *collector) end() {
	if c.last != nil {
		c.add(analysis.Single, c.last)
		c.last = nil
		c.position++
	}
}

// add gives out a token that begins with the last character.
func (c *collector) add(kind analysis.TokenType, term []byte) {
	c.tokens = append(c.tokens, analysis.Token{
		Type: kind, Term: term, Position: c.position, Start: c.start, End: c.start + len(term),
	})
	c.out = append(c.out, &c.tokens[len(c.tokens)-1])
}
