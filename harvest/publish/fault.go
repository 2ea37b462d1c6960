package publish

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"fincat/harvest/problem"
)

// A Fault is why a call did not do what it should.
type Fault struct {
	*problem.Error
	Code string // of the portal, such as ER0031; "" for none
	// Stop: no other call can do better.
	Stop bool
	// Gone: the portal does not have the dataset.
	Gone bool
	// Unsure: it may have done it all the same.
	Unsure bool
}

// Unwrap returns the error with place and remedy.
func (f *Fault) Unwrap() error { return f.Error }

const (
	registerRemedy = "have the address from which this machine goes out registered at data.gov.tw together with the " +
		"key: 資料開放跨平臺介接機關服務申請表 in its M2M專區; behind a proxy or NAT that one's address counts"
	keyRemedy = "set the environment variable that publish: token_env names to the key that data.gov.tw gave " +
		"with the registered address"
)

const (
	givenUnder = ", at the source or under publish: fields:"
	goneRemedy = "it was withdrawn there, which is final: see fincat publish --forget"
)

// faults are the portal's codes of errors, which come with the status 200, and what to do.
var faults = map[string]struct {
	stop, gone bool
	remedy     string
}{
	"ER0001": {stop: true, remedy: keyRemedy},
	"ER0031": {remedy: "give the field that the message names a code which the portal has" + givenUnder},
	"ER0032": {remedy: "give categoryTheme and categoryService codes which the portal has" + givenUnder},
	"ER0050": {gone: true, remedy: goneRemedy},
	"ER0051": {gone: true, remedy: goneRemedy},
	"ER0052": {gone: true, remedy: "it was withdrawn there before"},
	"ER0060": {gone: true, remedy: "it was withdrawn there before"},
}

// missing are the words with which an answer says that there is no such dataset, whatever its
// code.
var missing = []string{"不存在", "查無"}

// told is the fault of an answer that says success false.
func told(address, errorType, message string) *Fault {
	code, words, _ := strings.Cut(errorType, ":")
	if !strings.HasPrefix(code, "ER") {
		code, words = "", errorType
	}
	known, ok := faults[code]
	if !ok {
		known.remedy = "look at what the message names; data.gov.tw explains its codes on request"
		for _, word := range missing {
			known.gone = known.gone || strings.Contains(words+message, word)
		}
	}
	if message == "" || strings.HasPrefix(words, message) {
		message = words
	} else if words != "" {
		message = words + ": " + message
	}
	if code != "" {
		message = code + " " + message
	}
	return &Fault{Error: problem.Errorf(problem.Place{URL: address}, "portal", known.remedy, "the portal refuses: %s",
		message), Code: code, Stop: known.stop, Gone: known.gone}
}

// answered is the fault of an answer with a status that is none of success.
func answered(address string, status int) *Fault {
	f := &Fault{}
	remedy := "look at the address of publish: url; data.gov.tw has https://data.gov.tw/api/v2/rest/dataset"
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.Stop, remedy = true, registerRemedy+"; and "+keyRemedy
	case status == http.StatusNotFound:
		f.Gone = true
	case status == http.StatusTooManyRequests:
		f.Stop, remedy = true, "publish later; lower publish: rate"
	case status >= 500:
		f.Unsure, remedy = true, "publish again later: the portal has a fault, and it is looked first what it did"
	case status/100 == 3, status == http.StatusMethodNotAllowed:
		f.Stop = true
	}
	f.Error = problem.Errorf(problem.Place{URL: address}, "http-status", remedy, "answered %d %s", status,
		http.StatusText(status))
	f.Status = status
	return f
}

// failed is the fault of a call that got no answer. Only where it certainly never left, nothing
// was done.
func failed(err error) *Fault {
	var p *problem.Error
	if !errors.As(err, &p) {
		p = &problem.Error{Rule: "fetch", Remedy: "check the network, then publish again", Err: err}
	}
	f := &Fault{Error: p, Unsure: true}
	switch p.Rule {
	case "dns", "private-address", "scheme", "certificate", "robots", "max_pages", "retry-after":
		f.Unsure, f.Stop = false, true
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		f.Unsure, f.Stop = false, true
	}
	return f
}

// unclear is the fault of an answer that says neither that it was done nor that it was not.
func unclear(address, format string, args ...any) *Fault {
	return &Fault{Unsure: true, Error: problem.Errorf(problem.Place{URL: address}, "portal",
		"publish again later: it is looked first what the portal did; look there if it stays", format, args...)}
}
