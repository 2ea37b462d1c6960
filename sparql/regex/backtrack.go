package regex

import (
	"strings"
	"unicode/utf8"
)

// Limits of the matcher that tries one way after the other.
const (
	// maxSteps is how many steps the matches in one text may take, some tenths of a second.
	maxSteps = 20_000_000
	// maxWays is how many ways may be open at once, 16 bytes each.
	maxWays = 1 << 20
)

type code uint8

const (
	codeRune code = iota
	codeSet
	codeBackReference
	codeStart
	codeEnd
	codeSave // the place at hand into a register
	codeFork // goes on at to, and if that fails at or
	codeJump
	codeMoved // goes on at to when the place is not that of the register, else at or
	codeMatch
)

// step is an instruction of a program.
type step struct {
	code   code
	r      rune
	set    set
	to, or int
	reg    int // register: 2n and 2n+1 are begin and end of group n
}

// program is an expression for the matcher that tries one way after the other.
type program struct {
	options
	steps     []step
	registers int
	groups    int
}

func compileProgram(n *node, p *parser) *program {
	out := &program{options: p.options, registers: 2 * (p.groups + 1), groups: p.groups}
	out.add(n)
	out.emit(step{code: codeMatch})
	return out
}

func (p *program) emit(s step) int {
	p.steps = append(p.steps, s)
	return len(p.steps) - 1
}

func (p *program) add(n *node) {
	switch n.op {
	case opRune:
		p.emit(step{code: codeRune, r: n.r})
	case opSet:
		p.emit(step{code: codeSet, set: n.set})
	case opConcat:
		for _, sub := range n.sub {
			p.add(sub)
		}
	case opAlternate:
		p.addAlternate(n.sub)
	case opGroup:
		if n.group == 0 {
			p.add(n.sub[0])
			return
		}
		p.emit(step{code: codeSave, reg: 2 * n.group})
		p.add(n.sub[0])
		p.emit(step{code: codeSave, reg: 2*n.group + 1})
	case opRepeat:
		p.addRepeat(n)
	case opBackReference:
		p.emit(step{code: codeBackReference, reg: 2 * n.group})
	case opStart:
		p.emit(step{code: codeStart})
	case opEnd:
		p.emit(step{code: codeEnd})
	}
}

func (p *program) addAlternate(branches []*node) {
	var ends []int
	for i, b := range branches {
		if i == len(branches)-1 {
			p.add(b)
			break
		}
		fork := p.emit(step{code: codeFork})
		p.steps[fork].to = len(p.steps)
		p.add(b)
		ends = append(ends, p.emit(step{code: codeJump}))
		p.steps[fork].or = len(p.steps)
	}
	for _, e := range ends {
		p.steps[e].to = len(p.steps)
	}
}

// addRepeat writes what has to be there, and then what may be.
func (p *program) addRepeat(n *node) {
	for range n.min {
		p.add(n.sub[0])
	}
	if n.max < 0 {
		p.addLoop(n)
		return
	}
	var forks []int
	for range n.max - n.min {
		forks = append(forks, p.emit(step{code: codeFork}))
		p.add(n.sub[0])
	}
	for _, f := range forks {
		p.choose(f, f+1, len(p.steps), n.lazy)
	}
}

// addLoop repeats without a bound; a round that matches nothing is the last.
func (p *program) addLoop(n *node) {
	reg := p.registers
	p.registers++
	fork := p.emit(step{code: codeFork})
	p.emit(step{code: codeSave, reg: reg})
	p.add(n.sub[0])
	moved := p.emit(step{code: codeMoved, reg: reg, to: fork})
	p.choose(fork, fork+1, len(p.steps), n.lazy)
	p.steps[moved].or = len(p.steps)
}

// choose sets the ways of a fork: in first, unless it is reluctant.
func (p *program) choose(fork, in, out int, lazy bool) {
	if lazy {
		in, out = out, in
	}
	p.steps[fork].to, p.steps[fork].or = in, out
}

// work counts what the matches in one text take.
type work struct {
	steps   int
	stopped func() bool
}

func (w *work) step() error {
	if w.steps++; w.steps > maxSteps {
		return &LimitError{What: "steps for a regular expression in one text", Limit: maxSteps}
	}
	if w.steps%4096 == 0 && w.stopped != nil && w.stopped() {
		return ErrStopped
	}
	return nil
}

// way is what is still to be tried: a place of the program and of the text, or, with a
// negative pc, the value that a register had before.
type way struct{ pc, at int32 }

// matching is one attempt of a program.
type matching struct {
	*program
	text string
	reg  []int
	ways []way
	work *work
}

// find looks for the first match at or after a place; nil when there is none.
func (p *program) find(text string, from int, w *work) ([]int, error) {
	m := &matching{program: p, text: text, reg: make([]int, p.registers), work: w}
	for at := from; ; {
		for i := range m.reg {
			m.reg[i] = -1
		}
		end, err := m.run(at)
		if err != nil {
			return nil, err
		}
		if end >= 0 {
			m.reg[0], m.reg[1] = at, end
			return m.reg[:2*(p.groups+1)], nil
		}
		if at >= len(text) {
			return nil, nil
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
}

// run tries to match at a place, and returns where the match ends, -1 when there is none.
func (m *matching) run(at int) (end int, err error) {
	m.ways = m.ways[:0]
	pc, ok := 0, true
	for {
		if err := m.work.step(); err != nil {
			return -1, err
		}
		if !ok {
			if pc, at, ok = m.back(); !ok {
				return -1, nil
			}
		}
		s := &m.steps[pc]
		pc++
		switch s.code {
		case codeMatch:
			return at, nil
		case codeSave:
			err = m.push(way{-1 - int32(s.reg), int32(m.reg[s.reg])})
			m.reg[s.reg] = at
		case codeFork:
			err = m.push(way{int32(s.or), int32(at)})
			pc = s.to
		case codeJump:
			pc = s.to
		case codeMoved:
			if pc = s.to; m.reg[s.reg] == at {
				pc = s.or
			}
		default:
			at, ok = m.consume(s, at)
		}
		if err != nil {
			return -1, err
		}
	}
}

func (m *matching) push(w way) error {
	if len(m.ways) >= maxWays {
		return &LimitError{What: "open ways of a regular expression in one text", Limit: maxWays}
	}
	m.ways = append(m.ways, w)
	return nil
}

// back takes the last way that is left, and undoes what the one before it set.
func (m *matching) back() (pc, at int, ok bool) {
	for n := len(m.ways) - 1; n >= 0; n-- {
		w := m.ways[n]
		m.ways = m.ways[:n]
		if w.pc >= 0 {
			return int(w.pc), int(w.at), true
		}
		m.reg[-1-w.pc] = int(w.at)
	}
	return 0, 0, false
}

// consume matches a character, a group again, or a place.
func (m *matching) consume(s *step, at int) (next int, ok bool) {
	switch s.code {
	case codeStart:
		return at, at == 0 || m.lines && m.text[at-1] == '\n' && at < len(m.text)
	case codeEnd:
		return at, at == len(m.text) || m.lines && m.text[at] == '\n'
	case codeBackReference:
		return m.again(s.reg, at)
	}
	if at >= len(m.text) {
		return at, false
	}
	r, n := utf8.DecodeRuneInString(m.text[at:])
	if s.code == codeSet {
		ok = s.set.has(r)
	} else {
		ok = r == s.r || m.fold && equalFold(r, s.r)
	}
	return at + n, ok
}

// again matches what a group has matched; a group that has not matched is empty.
func (m *matching) again(reg, at int) (next int, ok bool) {
	if m.reg[reg] < 0 || m.reg[reg+1] < m.reg[reg] {
		return at, true
	}
	text := m.text[m.reg[reg]:m.reg[reg+1]]
	if !m.fold {
		return at + len(text), strings.HasPrefix(m.text[at:], text)
	}
	for _, want := range text {
		r, n := utf8.DecodeRuneInString(m.text[at:])
		if n == 0 || !equalFold(r, want) {
			return at, false
		}
		at += n
	}
	return at, true
}
