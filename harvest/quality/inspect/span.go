package inspect

import (
	"cmp"
	"strconv"
	"strings"
)

// span is the least and the largest value of a column of numbers or of dates of ISO 8601, as the
// file writes them.
type span struct {
	least, most string
	low, high   float64 // of numbers
	none        bool    // there are codes among the values
}

// add takes in a value: a number, or something else, which counts if all turn out to be dates.
func (s *span) add(cell string, number bool) {
	switch {
	case s.none:
	case len(cell) > 1 && cell[0] == '0' && digits(cell): // leading zeros are those of codes
		*s = span{none: true}
	case number:
		n, ok := magnitude(cell)
		if s.none = !ok; !ok {
			return
		}
		if s.least == "" || n < s.low {
			s.least, s.low = cell, n
		}
		if s.most == "" || n > s.high {
			s.most, s.high = cell, n
		}
	default:
		if s.least == "" || cell < s.least {
			s.least = cell
		}
		s.most = max(s.most, cell)
	}
}

// magnitude reads a number as tables have it: with commas between thousands, in percent.
func magnitude(cell string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimRight(cell, "% "), ",", ""), 64)
	return n, err == nil
}

// ends are the least and the largest value of a column; empty when that has no meaning.
func (c *column) ends() (least, most string) {
	number := c.Type == "integer" || c.Type == "decimal"
	if c.span.none || !number && c.Datatype != "date" || number && codeName.MatchString(c.Name) {
		return "", ""
	}
	return strings.Clone(c.span.least), strings.Clone(c.span.most)
}

// widen takes in the ends of a column of the same name.
func (c *Column) widen(other Column) {
	if c.Least == "" || other.Least == "" || c.Type != other.Type {
		c.Least, c.Most = "", ""
		return
	}
	before := func(a, b string) bool {
		x, one := magnitude(a)
		y, two := magnitude(b)
		if one && two {
			return cmp.Less(x, y)
		}
		return a < b
	}
	if before(other.Least, c.Least) {
		c.Least = other.Least
	}
	if before(c.Most, other.Most) {
		c.Most = other.Most
	}
}
