package inspect

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

var (
	numberForm = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?\s*%?$|^[+-]?\d+(\.\d+)?[eE][+-]?\d+$`)
	dateForm   = regexp.MustCompile(`^\d{2,4}[-/.年]\s*\d{1,2}([-/.月]\s*\d{1,2}日?)?月?([ T]\d{1,2}:\d{2}.*)?$` +
		`|^民國\s*\d{1,3}年|^\d{2,4}年(底|度)?$`)
	codeForm   = regexp.MustCompile(`^[A-Z]{1,3}[-]?\d{3,}$|^\d{2,}-\d{2,}$`)
	thousands  = regexp.MustCompile(`^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$`)
	minguoLong = regexp.MustCompile(`^(?:民國|中華民國)?\s*(\d{2,3})\s*[-/.年]\s*(\d{1,2})` +
		`(?:\s*[-/.月]\s*(\d{1,2})\s*日?|\s*月)?$`)
	minguoShort = regexp.MustCompile(`^0?(\d{2,3})(\d{2})(\d{2})?$`)
	minguoYear  = regexp.MustCompile(`^(?:民國|中華民國)?\s*(\d{2,3})\s*年?度?$`)
	minguoDay   = regexp.MustCompile(`^([01]\d{2})(\d{2})(\d{2})$`)
	dateName    = regexp.MustCompile(`(?i)日期|年月|時間|年度|民國|年$|^年|date|day$|month|year|生日|月份|日$|起日|迄日`)
	codeName    = regexp.MustCompile(`(?i)號|代碼|科目|code|id$|no\.?$|number`)
	businessID  = regexp.MustCompile(`(?i)統一編號|統編|營利事業|公司統編|vat|business.?(id|no)|tax.?id|ban$`)
	personID    = regexp.MustCompile(`身分|身份|居留|自然人|個人`)
)

func isNumber(s string) bool { return digits(s) || hasDigit(s) && numberForm.MatchString(s) }
func isDate(s string) bool   { return hasDigit(s) && dateForm.MatchString(s) }
func isCode(s string) bool   { return hasDigit(s) && codeForm.MatchString(s) }

// hasDigit tells cheaply which texts are worth comparing with the patterns of numbers,
// dates and codes: short ones that have a digit.
func hasDigit(s string) bool { return len(s) < 64 && strings.ContainsAny(s, "0123456789") }

func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// distinctValues is how many values of a column are counted, and distinctRows how many
// rows are compared with those before.
const (
	distinctValues = 10_000
	distinctRows   = 200_000
)

// facts gathers what the cells of a table are, column by column.
type facts struct {
	in      *inspector
	columns []column
	rows    map[uint64]struct{}
	repeats int
	repeat  string // place of the first row that repeats an earlier one
	give    func([]string)
}

// column is what one column has so far.
type column struct {
	Column
	isDate, isBusiness           bool // by its name
	integers, decimals, dates    int
	booleans                     int
	minguo, thousands, wrong     int
	types                        [len(datatypes)]int // values in the lexical space of each
	days                         int                 // texts of seven digits that are days of the Republic
	minguoAt, thousandsAt, badAt string
	bad                          string
	span                         span
	seen                         map[uint64]struct{}
}

func newFacts(in *inspector, names []string) *facts {
	f := &facts{in: in, rows: map[uint64]struct{}{}}
	for _, n := range names {
		f.columns = append(f.columns, column{Column: Column{Name: n}, isDate: dateName.MatchString(n),
			isBusiness: businessID.MatchString(n) && !personID.MatchString(n), seen: map[uint64]struct{}{}})
	}
	if in.o.Table != nil {
		f.give = in.o.Table(names)
	}
	return f
}

// row takes in a row.
func (f *facts) row(cells []string, place string) {
	if f.give != nil {
		f.give(cells)
	}
	h := xxh3.New()
	for i := range f.columns {
		cell := ""
		if i < len(cells) {
			cell = strings.TrimSpace(cells[i])
		}
		_, _ = h.WriteString(cell)
		_, _ = h.WriteString("\x00")
		f.columns[i].add(cell, place, i)
	}
	sum := h.Sum64()
	if _, again := f.rows[sum]; again {
		if f.repeats++; f.repeats == 1 {
			f.repeat = place
		}
	} else if len(f.rows) < distinctRows {
		f.rows[sum] = struct{}{}
	}
}

// add takes in a cell.
func (c *column) add(cell, place string, i int) {
	if cell == "" {
		c.Missing++
		return
	}
	c.Values++
	if len(c.seen) < distinctValues {
		c.seen[xxh3.HashString(cell)] = struct{}{}
	}
	c.typed(cell)
	at := func() string { return fmt.Sprintf("%s, cell %d", place, i+1) }
	number := isNumber(cell)
	c.span.add(cell, number)
	switch {
	case number:
		if strings.ContainsAny(cell, ".eE%") {
			c.decimals++
		} else {
			c.integers++
		}
	case isDate(cell):
		c.dates++
	case cell == "true" || cell == "false" || cell == "TRUE" || cell == "FALSE":
		c.booleans++
	}
	if strings.Contains(cell, ",") && thousands.MatchString(cell) {
		if c.thousands++; c.thousands == 1 {
			c.thousandsAt = at()
		}
	}
	if c.isMinguo(cell) {
		if c.minguo++; c.minguo == 1 {
			c.minguoAt = at()
		}
	}
	if isDay(cell) {
		if c.days++; c.minguoAt == "" {
			c.minguoAt = at()
		}
	}
	if c.isBusiness && !BusinessNumber(cell) {
		if c.wrong++; c.wrong == 1 {
			c.badAt, c.bad = at(), cell
		}
	}
}

// fewestDays is how many values show that a column has days although its name says nothing:
// one number of seven digits in five hundred is one by chance.
const fewestDays = 5

// republican is how many values of a column are dates of the Republic, where most are. Seven
// digits are a day whatever the column is called, if all values are and it is none of codes.
func (c *column) republican() int {
	switch {
	case c.minguo > 0 && c.minguo*2 >= c.Values:
		return c.minguo
	case c.days == c.Values && c.days >= fewestDays && c.Distinct > 1 && !codeName.MatchString(c.Name):
		return c.days
	}
	return 0
}

// isDay reports whether a cell has seven digits that are a day from 1991 to 2061.
func isDay(cell string) bool {
	if len(cell) != 7 || cell[0] > '1' {
		return false
	}
	m := minguoDay.FindStringSubmatch(cell)
	return m != nil && m[1] >= "080" && calendar(m[1], m[2], m[3])
}

// isMinguo reports whether a cell is a date or year of the Republic: written as one, or
// under a name of dates.
func (c *column) isMinguo(cell string) bool {
	if !hasDigit(cell) {
		return false
	}
	if strings.HasPrefix(cell, "民國") || strings.HasPrefix(cell, "中華民國") {
		return minguoLong.MatchString(cell) || minguoYear.MatchString(cell)
	}
	if m := minguoLong.FindStringSubmatch(cell); m != nil && (c.isDate || m[3] != "" || strings.Contains(cell, "年")) {
		return calendar(m[1], m[2], m[3])
	}
	if !c.isDate {
		return false
	}
	if m := minguoShort.FindStringSubmatch(cell); m != nil && len(cell) >= 5 && calendar(m[1], m[2], m[3]) {
		return true
	}
	m := minguoYear.FindStringSubmatch(cell)
	if m == nil || !strings.HasSuffix(cell, "年") && !strings.Contains(c.Name, "民國") {
		return false // 113 under 年度 is a number like others
	}
	y, _ := strconv.Atoi(m[1])
	return y >= 50 && y <= 150
}

// calendar reports whether there is such a date of the Republic.
func calendar(y, m, d string) bool {
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(m)
	day := 1
	if d != "" {
		day, _ = strconv.Atoi(d)
	}
	return year >= 1 && year <= 150 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// BusinessNumber reports whether eight digits are a 統一編號 by its check digit: the
// weighted sum of digits is divisible by five, since 2023, or by ten before.
func BusinessNumber(s string) bool {
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	sum := 0
	for i, w := range []int{1, 2, 1, 2, 1, 2, 4, 1} {
		p := int(s[i]-'0') * w
		sum += p/10 + p%10
	}
	return sum%5 == 0 || s[6] == '7' && (sum+1)%5 == 0
}

// end reports the columns with their types, and what is wrong with their values.
func (f *facts) end(r *Report) {
	for i := range f.columns {
		c := &f.columns[i]
		c.Distinct = len(c.seen)
		c.Type, c.Datatype = c.kind(), c.datatype()
		c.Least, c.Most = c.ends()
		r.Columns = append(r.Columns, c.Column)
		if n := c.republican(); n > 0 {
			r.found("minguo-dates", c.minguoAt, "%d values of %s are dates of the Republic", n, c.Name)
		}
		if c.thousands > 0 {
			r.found("thousands-separators", c.thousandsAt, "%d numbers of %s have commas between thousands",
				c.thousands,
				c.Name)
		}
		if c.wrong > 0 && c.wrong < c.Values || c.wrong > 0 && digits(c.bad) {
			r.found("business-number-invalid", c.badAt,
				"%d of %d values of %s are no business numbers, the first is %s",
				c.wrong, c.Values, c.Name, c.bad)
		}
	}
	if f.repeats > 0 {
		r.found("duplicate-rows", f.repeat, "%d rows repeat an earlier row", f.repeats)
	}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// datatypes are the datatypes of XML Schema that columns may have, the narrowest first, with the
// texts that are written as CSV on the web writes them. Leading zeros are those of codes.
var datatypes = [...]struct {
	name   string
	digits bool // has all texts of digits that do not begin with 0
	form   *regexp.Regexp
}{
	{"boolean", false, regexp.MustCompile(`^(true|false)$`)},
	{"integer", true, regexp.MustCompile(`^[+-]?(0|[1-9]\d*)$`)},
	{"decimal", true, regexp.MustCompile(`^[+-]?(0|[1-9]\d*)(\.\d+)?$`)},
	{"double", true, regexp.MustCompile(`^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)},
	{"date", false, regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)},
}

// typed counts in which lexical spaces a cell is, as long as all cells before it are in one.
func (c *column) typed(cell string) {
	plain := digits(cell) && cell[0] != '0' // most numbers are
	for i, d := range datatypes {
		if c.types[i] == c.Values-1 && (plain && d.digits || !plain && d.form.MatchString(cell)) {
			c.types[i]++
		}
	}
}

// datatype names the narrowest datatype that has all values; empty when none has.
func (c *column) datatype() string {
	for i, d := range datatypes {
		if c.Values > 0 && c.types[i] == c.Values {
			return d.name
		}
	}
	return ""
}

// kind names the type of a column.
func (c *column) kind() string {
	switch n := c.Values; {
	case n == 0:
		return ""
	case c.integers == n:
		return "integer"
	case c.integers+c.decimals == n:
		return "decimal"
	case c.dates == n:
		return "date"
	case c.booleans == n:
		return "boolean"
	}
	return "text"
}
