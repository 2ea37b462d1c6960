package search

import (
	"math/bits"
	"sync/atomic"
)

// columns are what a query goes through, by slot: a number that an entry has as long as it is
// there. They only grow, so that tables of several states share them; each knows how many
// slots there were.
type columns struct {
	entries []*Entry
	texts   []string
	start   []uint32 // where the values of each slot begin in flat
	flat    []uint32 // facet and number
	blocks  []*block // signatures
	known   *words
}

func newColumns() columns { return columns{known: &words{list: map[string]*places{}}} }

// A block has the signatures of some slots, turned: for each bit, which slots have it.
const blockSlots = 1024

type block [signatureBits][blockSlots / 64]uint64

// add gives an entry the next slot.
func (c *columns) add(e *Entry) (slot int32) {
	slot = int32(len(c.entries))
	c.entries = append(c.entries, e)
	c.texts = append(c.texts, e.text)
	c.start = append(c.start, uint32(len(c.flat)))
	c.flat = append(c.flat, e.values...)
	if int(slot)/blockSlots == len(c.blocks) {
		c.blocks = append(c.blocks, new(block))
	}
	b, at := c.blocks[slot/blockSlots], slot%blockSlots
	sign(e.text, func(bit uint16) { // others may read at the same time, of other slots
		atomic.OrUint64(&b[bit][at/64], 1<<(at%64))
	})
	return slot
}

// values returns those of a slot.
func (c *columns) values(slot int32) []uint32 {
	if int(slot)+1 == len(c.start) {
		return c.flat[c.start[slot]:]
	}
	return c.flat[c.start[slot]:c.start[slot+1]]
}

// slotSet is a set of slots.
type slotSet []uint64

func newSlotSet(n int) slotSet { return make(slotSet, (n+blockSlots-1)/blockSlots*blockSlots/64) }

func (s slotSet) put(slot int32)      { s[slot/64] |= 1 << (slot % 64) }
func (s slotSet) drop(slot int32)     { s[slot/64] &^= 1 << (slot % 64) }
func (s slotSet) has(slot int32) bool { return s[slot/64]&(1<<(slot%64)) != 0 }

// narrow keeps those slots whose signatures have all bits.
func (s slotSet) narrow(c *columns, signature []uint16) {
	for i := range s {
		if s[i] == 0 {
			continue
		}
		b, at := c.blocks[i*64/blockSlots], i%(blockSlots/64)
		x := s[i]
		for _, bit := range signature {
			x &= atomic.LoadUint64(&b[bit][at])
		}
		s[i] = x
	}
}

// all yields the slots of the set.
func (s slotSet) all(yield func(int32) bool) {
	for i, x := range s {
		for ; x != 0; x &= x - 1 {
			if !yield(int32(i*64 + bits.TrailingZeros64(x))) {
				return
			}
		}
	}
}
