package value

import (
	"errors"
	"fincat/sparql/regex"
)

// regexCache keeps a query's compiled expressions. A pattern is usually
// constant, so few are kept.
type regexCache struct {
	compiled map[[2]string]*regex.Regex
	size     int // of all of them
}

// The cache is emptied when it has more expressions or instructions than these.
const (
	maxCachedRegexes = 64
	maxCachedSize    = 100_000
)

// regex compiles a regular expression; it is nil when pattern or flags are wrong, or too
// large.
func (s *Scope) regex(pattern, flags string) *regex.Regex {
	c, key := &s.regexes, [2]string{pattern, flags}
	if re, ok := c.compiled[key]; ok {
		return re
	}
	re, err := regex.Compile(pattern, flags)
	if s.refuse(err); err != nil {
		re = nil
	}
	size := 1
	if re != nil {
		size = re.Size()
	}
	if len(c.compiled) >= maxCachedRegexes || c.size+size > maxCachedSize {
		clear(c.compiled)
		c.size = 0
	}
	if c.compiled == nil {
		c.compiled = map[[2]string]*regex.Regex{}
	}
	c.compiled[key] = re
	c.size += size
	return re
}

// refuse keeps that a limit ends the evaluation. Other errors are errors of one value.
func (s *Scope) refuse(err error) {
	var limit *regex.LimitError
	if s.err == nil && errors.As(err, &limit) {
		s.err = &LimitError{What: limit.What, Limit: limit.Limit}
	}
}
