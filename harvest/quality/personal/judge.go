package personal

import "slices"

// Finding is personal data of one kind in one column.
type Finding struct {
	Kind       string // such as national_id: one of the constants of this package
	Column     string
	Count      int    // cells with such a value
	Values     int    // different values, counted up to a thousand
	Confidence string // low, medium, high
	Sample     string // the first value, masked
}

// Words of confidence, from the surest.
const (
	High   = "high"
	Medium = "medium"
	Low    = "low"
)

// How unlikely it must be that random values pass the check digit as often as those of
// a column do. sure and likely hold for any column, said and hinted for one whose
// header names the kind or an identifier of some kind.
const (
	sure   = 1.001e-5 // five of five
	likely = 1.001e-3 // three of three
	hinted = 1.001e-2 // two of two
)

// Findings returns what was found, by column and then by kind. Low confidence means that
// somebody should look; a publisher need not be told.
func (d *Detector) Findings() []Finding {
	t := d.table
	if t.sanctioned {
		return nil
	}
	people := d.people()
	var out []Finding
	for _, c := range d.columns {
		for k := range kinds {
			if confidence := d.judge(c, k, people); confidence != "" {
				out = append(out, c.tally[k].finding(c, k, confidence))
				continue
			}
			if confidence := d.inText(c, k); confidence != "" {
				out = append(out, c.within[k].finding(c, k, confidence))
			}
		}
	}
	return out
}

func (t *tally) finding(c *column, kind int, confidence string) Finding {
	return Finding{Kind: kinds[kind], Column: c.name, Count: t.cells, Values: t.passed, Confidence: confidence,
		Sample: t.sample}
}

// people tells whether the rows of the table are people: a column says of them what is
// said of nothing else.
func (d *Detector) people() bool {
	return slices.ContainsFunc(d.columns, func(c *column) bool {
		for _, k := range []int{national, resident, creditCard, passport, birth} {
			if word := d.judge(c, k, false); word == High || word == Medium {
				return true
			}
		}
		return c.header.mobile && !c.header.office && c.share(mobileKind) >= 0.3
	})
}

// share is how many of the cells that are filled are of a kind.
func (c *column) share(kind int) float64 {
	if c.filled == 0 {
		return 0
	}
	return float64(min(c.tally[kind].cells, c.filled)) / float64(c.filled)
}

// judge returns how sure it is that a column holds personal data of a kind, "" if
// nothing says so.
func (d *Detector) judge(c *column, kind int, people bool) string {
	if c.tally[kind].cells == 0 {
		return ""
	}
	switch kind {
	case national, resident:
		return c.identifiers(kind)
	case creditCard:
		return c.cards()
	case mobileKind:
		return d.mobiles(c, people)
	case phone:
		return d.phones(c, people)
	case email:
		return d.mails(c, people)
	case bankAccount:
		return d.accounts(c, people)
	case passport:
		return when(c.share(kind) >= 0.5, High, "")
	case birth:
		return d.births(c, people)
	case person:
		return d.names(c, people)
	case place:
		return d.addresses(c, people)
	}
	return ""
}

func when(yes bool, then, otherwise string) string {
	if yes {
		return then
	}
	return otherwise
}

// identifiers judges by check digits. A header that names the identifier makes one value
// enough, unless most do not pass.
func (c *column) identifiers(kind int) string {
	t := &c.tally[kind]
	n := len(t.distinct)
	p, rate := chance(n, t.passed), float64(t.passed)/float64(n)
	if rate < 0.5 && (p > sure || rate < 0.25) {
		return when(c.header.identifier, Low, "")
	}
	switch {
	case c.header.identifier, p <= sure:
		return High
	case p <= likely:
		return Medium
	case c.header.number && p <= hinted:
		return Medium
	}
	return ""
}

// cards judges by issuer and check digit.
func (c *column) cards() string {
	t := &c.tally[creditCard]
	n := len(t.distinct)
	p, rate := chance(n, t.passed), float64(t.passed)/float64(n)
	switch {
	case rate < 0.5:
		return when(c.header.card, Low, "")
	case c.header.card:
		return High
	case c.header.code && p > sure/1000:
		return ""
	case p <= sure:
		return High
	case p <= likely:
		return Medium
	}
	return ""
}

func (d *Detector) mobiles(c *column, people bool) string {
	share, h := c.share(mobileKind), &c.header
	switch {
	case h.mobile && !h.office:
		return when(share >= 0.3, High, Medium)
	case h.mobile, h.telephone && h.office && !h.home:
		return Low
	case h.telephone && people:
		return when(share >= 0.5, High, Medium)
	case h.telephone:
		return when((d.table.register || d.table.officials) && !h.home, Low, Medium)
	case h.account, h.card, h.identifier, h.code, c.tally[mobileKind].passed < 3:
		return Low
	}
	return when(share >= 0.8, Medium, Low)
}

func (d *Detector) phones(c *column, people bool) string {
	h := &c.header
	switch {
	case h.office && !h.home, h.mobile, c.share(phone) < 0.3 && c.share(mobileKind) < 0.3:
		return ""
	case h.home:
		return when(people || !d.table.register, High, Medium)
	case d.table.register, d.contacts(c):
		return ""
	case people, d.named() && !d.table.officials:
		return Medium
	}
	return ""
}

// contacts tells that a column is about somebody whom one may ask.
func (d *Detector) contacts(c *column) bool { return officialWords.in(nameOf(c.name)) }

func (d *Detector) mails(c *column, people bool) string {
	t, h := &c.tally[email], &c.header
	free := float64(t.free) / float64(t.cells)
	published := d.table.register || d.table.officials || h.office || d.contacts(c)
	switch {
	case people && !h.office && !d.contacts(c):
		return when(h.email || c.share(email) >= 0.5, High, Medium)
	case h.home:
		return High
	case published, c.share(email) < 0.3:
		return Low
	case free >= 0.5 && (h.email || c.share(email) >= 0.5):
		return High
	case d.named():
		return Medium
	}
	return Low
}

// named tells whether a column has the names of the people whom the table is about.
func (d *Detector) named() bool {
	return slices.ContainsFunc(d.columns, func(c *column) bool { return c.header.name && c.share(person) >= 0.5 })
}

func (d *Detector) accounts(c *column, people bool) string {
	h := &c.header
	switch {
	case c.share(bankAccount) < 0.5, h.office:
		return ""
	case people:
		return High
	case d.table.register:
		return Low
	case h.exact:
		return when(d.named(), High, Medium)
	}
	return when(d.named(), Medium, Low)
}

func (d *Detector) births(c *column, people bool) string {
	switch {
	case d.table.animals, c.share(birth) < 0.5, d.table.officials && !people:
		return ""
	case people && (d.named() || d.table.register):
		return High
	case d.named():
		return High
	}
	return Medium
}

func (d *Detector) names(c *column, people bool) string {
	share := c.share(person)
	switch {
	case d.table.animals, d.table.penalties && !people, share < 0.5:
		return ""
	case c.header.name && people:
		return Medium
	case c.header.name:
		return when(d.table.register || d.table.officials, "", Medium)
	case c.header.anyName && people && !d.table.register && !c.header.office && !d.contacts(c):
		return when(share >= 0.8, Medium, "")
	}
	return ""
}

func (d *Detector) addresses(c *column, people bool) string {
	h := &c.header
	switch {
	case h.office && !h.home, c.share(place) < 0.3:
		return ""
	case h.home && people:
		return High
	case d.table.register || d.table.officials:
		return ""
	case h.home:
		return when(d.named(), High, Medium)
	case people || d.named():
		return when(d.contacts(c), "", Medium)
	}
	return ""
}

// inText judges values that stand inside longer texts, one step lower than values that
// fill their cells.
func (d *Detector) inText(c *column, kind int) string {
	t := &c.within[kind]
	if t.cells == 0 {
		return ""
	}
	switch kind {
	case national, resident, creditCard:
		n := len(t.distinct)
		p, rate := chance(n, t.passed), float64(t.passed)/float64(n)
		switch {
		case rate < 0.5:
			return ""
		case t.said > 0 || p <= sure:
			return Medium
		case c.header.code && !c.header.note:
			return ""
		}
		return Low
	case mobileKind:
		return when(t.said > 0 && !c.header.office, Medium, Low)
	case email: // at a provider of free mail are people, not offices
		published := d.table.register || d.table.officials || c.header.office || d.contacts(c)
		return when(t.passed >= 3 && 2*t.free >= t.cells && !published, Medium, Low)
	}
	return ""
}
