package value

import (
	"fmt"

	"github.com/cockroachdb/apd/v3"
)

// The limits on one value. A text that would pass its limit ends the query with
// a [*LimitError]; a number is out of range, which is an expression error (F&O
// 3.1 §4.2, err:FOAR0002).
const (
	// MaxTextBytes is the longest text that a function may make.
	MaxTextBytes = 64 << 20
	// MaxDigits is how many digits an integer or a decimal may have, before and
	// after the point together.
	MaxDigits = 10_000
)

// uncharged is the size of texts that are not worth an entry in the accounts.
const uncharged = 256

// LimitError says that a query was stopped because it asked for more than it
// may have.
type LimitError struct {
	What  string // what ran out, such as "bytes of memory"
	Limit int64  // in What's unit
	// Shared is set when the limit is that of all queries together. This one was stopped
	// because it was the largest, or because of Leaving.
	Shared bool
	// Leaving is set when larger queries were stopped for the shared limit, and what they
	// hold is not back yet.
	Leaving bool
}

// Error names the limit.
func (e *LimitError) Error() string {
	switch {
	case e.Leaving:
		return fmt.Sprintf("all queries together need more than their limit of %d %s: those that were stopped for it "+
			"still hold theirs, and there is no room for this one yet; try again in a moment", e.Limit, e.What)
	case e.Shared:
		return fmt.Sprintf("all queries together need more than their limit of %d %s, and this one is the largest",
			e.Limit, e.What)
	}
	return fmt.Sprintf("query needs more than its limit of %d %s", e.Limit, e.What)
}

// Err returns why the evaluation has to end: a text grew too large, or there was
// no room for it. Values are errors from then on.
func (s *Scope) Err() error { return s.err }

// room reports whether a text of n bytes may be made.
func (s *Scope) room(n int64) bool {
	switch {
	case n < uncharged:
	case s.err != nil:
	case n > MaxTextBytes:
		s.err = &LimitError{What: "bytes for one value", Limit: MaxTextBytes}
	case s.Grow != nil:
		s.err = s.Grow(n)
	}
	return s.err == nil
}

// stopped reports whether a long evaluation is no longer wanted.
func (s *Scope) stopped() bool { return s.err != nil || s.Stopped != nil && s.Stopped() }

// tooLong reports whether a decimal has more digits than one may have.
func tooLong(d *apd.Decimal) bool {
	if d.Exponent > MaxDigits || d.Exponent < -MaxDigits {
		return true
	}
	bits := d.Coeff.BitLen()
	if bits < MaxDigits { // far fewer digits than bits
		return false
	}
	return d.NumDigits()+max(int64(d.Exponent), 0) > MaxDigits
}

// Bytes returns about how much memory the text or the digits of a value take.
func (v Value) Bytes() int64 {
	n := int64(len(v.term.Value()) + len(v.term.Lang()))
	if v.dec != nil {
		n += int64(v.dec.Coeff.BitLen() / 8)
	}
	return n
}
