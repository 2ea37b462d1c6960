package personal

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Bounds of a detector.
const (
	maxColumns  = 2000    // columns that are judged; those after them are not looked at
	maxDistinct = 1000    // different values counted for a kind in a column
	maxHashes   = 400_000 // different values counted in all
	maxParts    = 8       // values in one cell
)

// Kinds of personal data.
const (
	NationalID  = "national_id"
	ResidentID  = "resident_id"
	Mobile      = "mobile"
	Phone       = "phone"
	Email       = "email"
	CreditCard  = "credit_card"
	BankAccount = "bank_account"
	Passport    = "passport"
	BirthDate   = "birth_date"
	PersonName  = "person_name"
	Address     = "address"
)

// kinds is the order of findings within a column.
var kinds = [...]string{NationalID, ResidentID, Mobile, Phone, Email, CreditCard, BankAccount, Passport, BirthDate,
	PersonName, Address}

// The places of the kinds in kinds.
const (
	national = iota
	resident
	mobileKind
	phone
	email
	creditCard
	bankAccount
	passport
	birth
	person
	place
)

// Detector looks for personal data in the columns of a table. It is not for several
// goroutines at once.
type Detector struct {
	columns  []*column
	table    table
	hashes   int // kept so far
	thisYear int
}

// column is what was seen of one column.
type column struct {
	name   string
	header header
	filled int // cells with something in them
	tally  [len(kinds)]tally
	within [len(kinds)]tally // values inside a longer text
}

// tally counts values that look like a kind.
type tally struct {
	cells    int // with a value that passes
	failed   int // with a value that looks like it and does not pass
	free     int // mail boxes of hosts that give them to everybody
	said     int // values that the text around them names
	sample   string
	distinct map[uint64]bool // hash of a value: it passes
	passed   int             // different values that pass
}

// New makes a detector for a table with these columns. Columns without a name and
// nested ones (contact.mobile) are judged too.
func New(columns []string) *Detector {
	d := &Detector{thisYear: time.Now().Year()}
	for i, c := range columns {
		if i == maxColumns {
			break
		}
		d.add(c)
	}
	for i, c := range d.columns { // a first row that is data and was taken for a header
		if n := plain(c.name); len(n) >= 8 && (idWhole(n) >= 0 || mobile(n, false) != "") {
			d.cell(i, c.name)
		}
	}
	return d
}

func (d *Detector) add(name string) {
	n := nameOf(name)
	d.table.about(n)
	d.columns = append(d.columns, &column{name: name, header: n.read()})
}

// About tells the detector what is said about the table: the title of the dataset, the
// name of the file. It knows lists of officials, registers and lists of sanctioned
// persons by their titles.
func (d *Detector) About(texts ...string) {
	for _, t := range texts {
		d.table.about(nameOf(t))
	}
}

// Row looks at a row. Cells beyond the columns belong to columns called "#4", after
// their number.
func (d *Detector) Row(cells []string) {
	for i, cell := range cells {
		if i == maxColumns {
			return
		}
		if i >= len(d.columns) {
			d.add(fmt.Sprintf("#%d", i+1))
		}
		d.cell(i, cell)
	}
}

// cell looks at one cell.
func (d *Detector) cell(i int, cell string) {
	if cell = plain(cell); cell == "" || cell == "-" {
		return
	}
	c := d.columns[i]
	c.filled++
	if len(cell) < 4 {
		return
	}
	d.byHeader(c, cell)
	if digits(cell) < 8 && !strings.Contains(cell, "@") || d.whole(c, cell) {
		return
	}
	if strings.ContainsFunc(cell, unicode.IsLetter) {
		d.inside(c, cell)
	}
}

// digits counts those of a cell: nothing that is looked for has fewer than eight, but for
// mail boxes and what only headers tell.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

// byHeader looks for the kinds that only a header tells from other things.
func (d *Detector) byHeader(c *column, cell string) {
	h := &c.header
	bare := strings.ToUpper(strings.ReplaceAll(cell, " ", ""))
	if h.birth && birthDate(cell, d.thisYear) {
		d.count(c, birth, bare, cell, true)
	}
	if h.passport && passportForm.MatchString(bare) {
		d.count(c, passport, bare, cell, true)
	}
	if h.account {
		for _, part := range split(cell) {
			if a := account(part); a != "" && mobile(part, false) == "" {
				d.count(c, bankAccount, a, part, true)
			}
		}
	}
	if (h.name || h.anyName) && personName(cell) {
		d.count(c, person, bare, cell, true)
	}
	if h.address && addressForm.MatchString(bare) && !rangeForm.MatchString(bare) {
		d.count(c, place, bare, cell, true)
	}
	if h.telephone {
		for _, part := range split(cell) {
			if p := landline(part); p != "" {
				d.count(c, phone, p, part, true)
			}
		}
	}
}

// split takes a cell with several values apart.
func split(cell string) []string {
	parts := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("、,;/\n|", r) })
	if len(parts) > maxParts {
		return nil
	}
	return parts
}

// whole looks for values that fill a cell, alone or in a list, and tells whether that
// is all there is.
func (d *Detector) whole(c *column, cell string) bool {
	all := true
	for _, part := range split(cell) {
		part = strings.TrimSpace(part)
		all = d.one(c, part, &c.tally) && all
	}
	return all
}

// one counts what a text is as a whole.
func (d *Detector) one(c *column, s string, in *[len(kinds)]tally) bool {
	if strings.Contains(s, "@") {
		personal, free := personalMail(s)
		if personal {
			t := &in[email]
			d.tally(t, email, strings.ToLower(s), s, true)
			if free {
				t.free++
			}
		}
		return personal
	}
	bare := compact(s)
	if k := idWhole(bare); k >= 0 {
		d.tally(&in[k], k, bare, bare, identifierPasses(bare))
		return true
	}
	if m := mobile(s, c.header.telephone); m != "" {
		d.tally(&in[mobileKind], mobileKind, m, m, true)
		return true
	}
	if cardForm(bare) {
		d.tally(&in[creditCard], creditCard, bare, bare, luhn(bare))
		return true
	}
	return false
}

// idWhole returns the kind of identifier that s looks like, -1 if it looks like none.
func idWhole(s string) int {
	switch {
	case nationalForm(s):
		return national
	case residentForm(s):
		return resident
	}
	return -1
}

// within finds what may be a value inside a text. The characters around it must not
// belong to a longer code.
var within = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+|[A-Za-z][A-Da-d1289][0-9]{8}|` +
	`\+?[0-9][0-9 ()-]{6,22}[0-9]`)

// inside looks for values in a longer text.
func (d *Detector) inside(c *column, cell string) {
	for _, at := range within.FindAllStringIndex(cell, maxParts*8) {
		if at[0] > 0 && partOfCode(cell[at[0]-1]) || at[1] < len(cell) && partOfCode(cell[at[1]]) {
			continue
		}
		s := strings.TrimRight(cell[at[0]:at[1]], ".-")
		before := cell[max(0, at[0]-24):at[0]]
		in := c.within
		if !d.one(c, s, &c.within) {
			continue
		}
		for k := range c.within {
			if t := &c.within[k]; t.cells > in[k].cells && named(k, before) {
				t.said++
			}
		}
	}
}

// named tells whether the text before a value says what it is.
func named(kind int, before string) bool {
	n := nameOf(before)
	switch kind {
	case national, resident:
		return identifierWords.in(n)
	case mobileKind:
		return phoneWords.in(n) || mobileWords.in(n)
	case creditCard:
		return cardWords.in(n)
	}
	return mailWords.in(n)
}

func partOfCode(b byte) bool {
	return b < 0x80 && (isDigit(b) || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '*' || b == '_')
}

func (d *Detector) count(c *column, kind int, key, shown string, passes bool) {
	d.tally(&c.tally[kind], kind, key, shown, passes)
}

// tally counts a value; key is what makes it different from others.
func (d *Detector) tally(t *tally, kind int, key, shown string, passes bool) {
	if passes {
		t.cells++
		if t.sample == "" {
			t.sample = mask(kind, shown)
		}
	} else {
		t.failed++
	}
	if len(t.distinct) >= maxDistinct || d.hashes >= maxHashes {
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // a hash takes everything
	sum := h.Sum64()
	if _, ok := t.distinct[sum]; ok {
		return
	}
	if t.distinct == nil {
		t.distinct = map[uint64]bool{}
	}
	t.distinct[sum] = passes
	d.hashes++
	if passes {
		t.passed++
	}
}
