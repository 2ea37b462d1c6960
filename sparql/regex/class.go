package regex

// class reads a class in brackets (XML Schema 1.1 part 2, appendix G.4.1), whose "[" was
// read: characters, ranges and escapes, with "^" all others, with "-[…]" at its end without
// some.
func (p *parser) class() (set, error) {
	begin := p.at - 1
	if p.depth++; p.depth > maxNesting {
		return nil, &LimitError{What: "groups in groups for a regular expression", Limit: maxNesting}
	}
	defer func() { p.depth-- }()
	negated := p.next("^")
	members, fixed, err := p.members(begin)
	if err != nil {
		return nil, err
	}
	s := rangesOf(members)
	if p.fold {
		s = s.folded()
	}
	s = union(s, rangesOf(fixed))
	if negated {
		s = s.negated()
	}
	if p.next("-[") {
		less, err := p.class()
		if err != nil {
			return nil, err
		}
		s = s.without(less)
	}
	if !p.next("]") {
		return nil, p.fail(begin, `the class does not end; after "-[…]" only "]" may follow`)
	}
	return s, p.count(len(s) / 2)
}

// members reads the characters and ranges of a class, which have variants of case, and what
// its escapes stand for, which the flag i does not change.
func (p *parser) members(begin int) (members, fixed []rune, err error) {
	for first := true; ; first = false {
		switch {
		case p.at >= len(p.in):
			return nil, nil, p.fail(begin, "the class does not end")
		case p.in[p.at] == ']' && first:
			return nil, nil, p.fail(p.at, `a class without characters; the character itself is written \]`)
		case p.in[p.at] == ']', !first && p.peek() == '-' && p.at+1 < len(p.in) && p.in[p.at+1] == '[':
			return members, fixed, nil
		}
		lo, s, err := p.member()
		if err != nil {
			return nil, nil, err
		}
		if s != nil {
			if fixed = append(fixed, s...); p.ranged() {
				return nil, nil, p.fail(p.at, "a range that begins with a set of characters")
			}
			continue
		}
		hi := lo
		if p.ranged() {
			place := p.at
			p.at++
			if hi, s, err = p.member(); err != nil {
				return nil, nil, err
			}
			switch {
			case s != nil:
				return nil, nil, p.fail(place, "a range that ends with a set of characters")
			case hi < lo:
				return nil, nil, p.fail(place, "the range %c-%c ends before it begins", lo, hi)
			}
		}
		members = append(members, lo, hi)
	}
}

// ranged reports whether a "-" comes that makes a range: at the end of a class, and before
// what is taken away, it stands for something else.
func (p *parser) ranged() bool {
	return p.peek() == '-' && p.at+1 < len(p.in) && p.in[p.at+1] != ']' && p.in[p.at+1] != '['
}

// member reads one character of a class, or an escape that stands for a set.
func (p *parser) member() (rune, set, error) {
	begin := p.at
	p.at++
	switch c := p.in[begin]; c {
	case '\\':
		r, s, _, err := p.escaped(begin)
		return r, s, err
	case '[':
		return 0, nil, p.fail(begin, `"[" in a class must be written \[`)
	default:
		return c, nil, nil
	}
}
