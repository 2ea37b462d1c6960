package requests

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fincat/vocab/dcat"
)

// Limits of what is filed, in characters.
const (
	MaxTitle    = 120
	MaxText     = 4000
	maxNear     = 10    // datasets that a request names
	maxEvents   = 200   // of a case
	MaxCases    = 20000 // that are published
	maxAddress  = 254   // bytes (RFC 5321 §4.5.3.1)
	maxExpected = 500   // bytes
)

// Case is a request or comment, without anything about who filed it.
type Case struct {
	ID           string    `json:"id"`
	Kind         Kind      `json:"kind"`
	Version      int       `json:"version"` // grows with each change
	Title        string    `json:"title"`
	Text         string    `json:"text"`              // what is asked for
	Purpose      string    `json:"purpose,omitempty"` // what for
	Sector       string    `json:"sector,omitempty"`
	Datasets     []string  `json:"datasets,omitempty"`     // that exist and are near; the one that a comment is about
	Organisation string    `json:"organisation,omitempty"` // that answers, by its id in the directory
	State        State     `json:"state"`
	Decision     State     `json:"decision,omitempty"` // open, partly or refused
	Reason       string    `json:"reason,omitempty"`   // code of the list
	Expected     string    `json:"expected,omitempty"` // the dataset that is to come: IRI, source/id or identifier
	Result       string    `json:"result,omitempty"`   // IRI of the dataset that came of it
	Support      int       `json:"support"`
	Filed        time.Time `json:"filed"`               // when the address was confirmed
	Due          time.Time `json:"due,omitzero"`        // end of the present state; zero: none
	AnswerDue    time.Time `json:"answer_due,omitzero"` // of the decision or answer
	Answered     time.Time `json:"answered,omitzero"`   // of the first decision or answer
	Escalated    bool      `json:"escalated,omitempty"` // the coordinating unit was told
	Demo         bool      `json:"demo,omitempty"`      // made up, to show what there is
	Events       []Event   `json:"events"`
}

// Event is a step of a case.
type Event struct {
	At    time.Time `json:"at"`
	State State     `json:"state"`
	By    string    `json:"by,omitempty"` // organisation; "" is the catalogue itself
	Text  string    `json:"text,omitempty"`
	Auto  bool      `json:"auto,omitempty"` // the program did it by a rule
}

// End is when the case ended; zero: it has not.
func (x *Case) End() (at time.Time) {
	if x.State == Closed || x.State == Refused || x.State == Answered {
		at = x.Events[len(x.Events)-1].At
	}
	return at
}

// Path is the address of a case below the base.
func (x *Case) Path() string { return "request/" + x.ID }

// IRI names a case.
func (x *Case) IRI(base dcat.Base) string { return string(base) + x.Path() }

// clone returns a copy that shares nothing that changes.
func (x *Case) clone() *Case {
	out := *x
	out.Datasets, out.Events = slices.Clone(x.Datasets), slices.Clone(x.Events)
	return &out
}

// step enters a state.
func (x *Case) step(c *Config, s State, e Event) {
	e.State = s
	x.State, x.Due, x.Escalated = s, time.Time{}, false
	x.Events = append(x.Events, e)
	if r, ok := c.rule(x, s); ok {
		x.Due = endOfDay(e.At, r.Days)
	}
}

var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// endOfDay is the end of the day in Taipei that is so many days after a time.
func endOfDay(at time.Time, days int) time.Time {
	y, m, d := at.In(taipei).Date()
	return time.Date(y, m, d+days+1, 0, 0, 0, 0, taipei).Add(-time.Second).UTC()
}

// Draft is what somebody files.
type Draft struct {
	Kind                 Kind
	Title, Text, Purpose string
	Sector               string
	Datasets             []string
	Organisation         string // of the dataset, for a comment
	Address              string // for mail
	Lang                 string // of mail: zh or en
}

// check cleans a draft and reports what is wrong with it.
func (d *Draft) check() error {
	if d.Kind != Request && !d.Kind.IsComment() {
		return &InputError{"kind", "use request, question or fault", "請選擇清單中的類別"}
	}
	for _, f := range []struct {
		name string
		text *string
		most int
		need bool
		line bool
	}{{"title", &d.Title, MaxTitle, true, true}, {"text", &d.Text, MaxText, true, false},
		{"purpose", &d.Purpose, MaxText, d.Kind == Request, false}} {
		if err := cleanText(f.name, f.text, f.most, f.need, f.line); err != nil {
			return err
		}
	}
	if d.Sector != "" && !dcat.IsSector(d.Sector) {
		return &InputError{"sector", "it is not one of the list", "請選擇清單中的業別"}
	}
	if len(d.Datasets) > maxNear {
		return &InputError{"datasets", fmt.Sprintf("at most %d can be named", maxNear),
			fmt.Sprintf("最多可列 %d 個", maxNear)}
	}
	if d.Kind.IsComment() && len(d.Datasets) != 1 {
		return &InputError{"dataset", "a comment is about one dataset", "意見須針對一個資料集"}
	}
	_, err := checkAddress(d.Address)
	return err
}

// cleanText takes away what no text has at its ends, and refuses what no text has.
func cleanText(name string, text *string, most int, need, line bool) error {
	s := strings.TrimSpace(strings.ReplaceAll(*text, "\r\n", "\n"))
	odd := func(r rune) bool {
		return (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && (line || r != '\n' && r != '\t') ||
			r == utf8.RuneError || r == '\uFFFE' || r == '\uFFFF'
	}
	switch n := utf8.RuneCountInString(s); {
	case need && n == 0:
		return &InputError{name, "it is missing", "尚未填寫"}
	case n > most:
		return &InputError{name, fmt.Sprintf("it has %d characters, at most %d are taken", n, most),
			fmt.Sprintf("共 %d 字，最多 %d 字", n, most)}
	case !utf8.ValidString(s) || strings.ContainsFunc(s, odd):
		return &InputError{name, "it has characters that are no text", "含有不是文字的字元"}
	}
	*text = s
	return nil
}

// plainAddress is an address that can stand in a mail's envelope as it is.
var plainAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+$`)

// checkAddress returns an address as the same person would always write it. The error does not
// repeat the address.
func checkAddress(s string) (same string, err error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress || !plainAddress.MatchString(s) {
		return "", &InputError{"address", "it is no address for mail such as name@example.tw",
			"不是電子郵件地址，例如 name@example.tw"}
	}
	local, domain, _ := strings.Cut(strings.ToLower(s), "@")
	local, _, _ = strings.Cut(local, "+") // the rest is a label of the same mailbox
	return local + "@" + domain, nil
}
