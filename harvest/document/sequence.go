package document

import (
	"hash/maphash"

	"github.com/zeebo/xxh3"

	"fincat/harvest/problem"
)

// Pages notices when a sequence of pages goes round in circles.
type Pages struct {
	seed   maphash.Seed
	byText map[uint64]string // addresses by the hash of what came from them
	same   map[Contents]int  // how often pages had these records
}

// NewPages begins a sequence.
func NewPages() Pages {
	return Pages{seed: maphash.MakeSeed(), byText: map[uint64]string{}, same: map[Contents]int{}}
}

// Fresh reports an error when a page has the text of an earlier one.
func (p *Pages) Fresh(address string, text []byte) error {
	h := maphash.Bytes(p.seed, text)
	if before, ok := p.byText[h]; ok {
		return problem.Errorf(problem.Place{URL: address}, "repeated-page", "check how the source names its next page",
			"this page has the content of %s", before)
	}
	p.byText[h] = address
	return nil
}

// Contents are the records of one page, as a number and a sum. What stands
// around the records does not count, so that two pages which differ only in a
// date or a counter have the same contents.
type Contents struct {
	N   int
	sum uint64
}

// Add takes in one record, by its identifier or its text.
func (c *Contents) Add(record string) {
	c.N++
	c.sum += xxh3.HashString(record) // a sum, so that the order does not matter
}

// maxSameContents is how often the same records may come on pages that differ:
// short pages may agree by chance, and a page may move while it is read.
const maxSameContents = 3

// FreshContents reports an error when one page after the other has the same
// records.
func (p *Pages) FreshContents(address string, c Contents) error {
	if c.N == 0 {
		return nil
	}
	if p.same[c]++; p.same[c] > maxSameContents {
		return problem.Errorf(problem.Place{URL: address}, "repeated-page", "check how the source names its next page",
			"the same content, of %s, came on %d pages", problem.Count(c.N, "record"), p.same[c])
	}
	return nil
}

// Forget lets pages come again, when a sequence has to be begun anew.
func (p *Pages) Forget() {
	clear(p.byText)
	clear(p.same)
}

// Incomplete is the error of a source that sends fewer records than it says
// it has.
func Incomplete(p problem.Place, announced, came int) *problem.Error {
	return problem.Errorf(p, "incomplete",
		"harvest again later; ask the source's owner if it stays, or correct its number",
		"the source announces %s and sends only %d", problem.Count(announced, "record"), came)
}

// OwnNext is the error of a page that names itself as the page after it.
func OwnNext(address string) *problem.Error {
	return problem.Errorf(problem.Place{URL: address}, "repeated-page", "check how the source names its next page",
		"the page names itself, or one before it, as the next page: what follows was not read")
}
