package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"code.dny.dev/ssrf"

	"fincat/harvest/problem"
)

// What the guard refuses, and what is wrong with an answer: ruleOf gives each
// its rule and remedy.
var (
	errTooLarge   = errors.New("the response is larger than max_bytes")
	errIdle       = errors.New("nothing arrived within timeout")
	errSlow       = fmt.Errorf("less than %d bytes a second arrived for as long as timeout", minRate)
	errWhole      = errors.New("the answer did not come to its end in the time that one may take")
	errScheme     = errors.New("only http and https addresses are fetched")
	errRobots     = errors.New("robots.txt forbids this address")
	errNoRobots   = errors.New("robots.txt cannot be read, which forbids every address of the host for now")
	errRedirects  = errors.New("more redirects than max_redirects")
	errDomain     = errors.New("the address is outside the domains that may be visited")
	errShort      = errors.New("the response ended before its Content-Length")
	errOpenEnd    = errors.New("nothing marks the answer's end, and no two attempts in a row brought the same one")
	errCompressed = errors.New("the response's compression is broken or unknown")
	errRange      = errors.New("the answer holds another part of the document than was asked for")
)

// Explain gives an error that stopped the reading of an address its rule and
// its remedy. One that has them already is returned as it is.
func Explain(address string, err error) *problem.Error {
	var known *problem.Error
	if errors.As(err, &known) {
		return known
	}
	var at *url.Error
	if errors.As(err, &at) {
		if err = at.Err; at.URL != address { // the address itself is told as the place
			err = fmt.Errorf("at %s: %w", withoutUser(at.URL), at.Err)
		}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		err = &nameError{dns}
	}
	e := &problem.Error{Place: problem.Place{URL: address}, Err: err}
	e.Rule, e.Remedy = ruleOf(err)
	return e
}

// nameError says that a host name could not be looked up, but not by whom: reports
// are read by many, and the resolver is nobody's business.
type nameError struct{ *net.DNSError }

// Error names the host and the reason.
func (e *nameError) Error() string {
	reason := "the name cannot be resolved"
	switch {
	case e.IsNotFound:
		reason = "no such host"
	case e.IsTimeout:
		reason = "the name service did not answer in time"
	}
	return "look up " + e.Name + ": " + reason
}

// Unwrap returns the error with its details.
func (e *nameError) Unwrap() error { return e.DNSError }

// withoutUser returns an address without user name and password: a redirect may
// lead to one that has them, and they are nobody's business.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

// ruleOf names what a fetch broke, and what to do about it.
func ruleOf(err error) (rule, remedy string) {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var host *x509.HostnameError
	var later *retryLater
	var op *net.OpError
	switch {
	case errors.Is(err, errNoRobots): // whatever the reason
		return "robots", "harvest again later; tell the source's owner if it stays"
	case errors.As(err, &cert), errors.As(err, &host):
		return "certificate", "give the missing authority or intermediate as ca_file, " +
			"or ask the source's owner to renew its certificate"
	case errors.Is(err, errTooLarge):
		return "max_bytes", "raise max_bytes of the source if the size is right"
	case errors.Is(err, errIdle):
		return "timeout", "raise timeout of the source, or harvest when the host is less busy"
	case errors.Is(err, errWhole):
		return "timeout", "ask the source's owner why it sends so slowly"
	case errors.Is(err, errSlow):
		return "timeout", "harvest when the host is less busy; ask the source's owner why it sends so slowly"
	case errors.As(err, &later):
		return "retry-after", "harvest again after that time; lower the rate of the sources on this host"
	case errors.Is(err, errRobots):
		return "robots", "ask the source's owner for permission, then set robots: ignore"
	case errors.Is(err, errRedirects):
		return "max_redirects", "set url to the address the redirects lead to"
	case errors.Is(err, errDomain):
		return "domain", "add the address's host to the domains that may be visited, if it belongs to the source"
	case errors.Is(err, errCompressed):
		return "compression", "ask the source's owner to send what its Content-Encoding says"
	case errors.Is(err, errScheme):
		return "scheme", "use an http or https address"
	case errors.Is(err, errRange):
		return "range", "ask the source's owner to repair how the server answers requests for a part"
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "private-address", "the name leads into a private network; use a public address, " +
			"or allow_private_addresses for tests"
	case errors.As(err, &dns):
		return "dns", "check the host name"
	case strings.Contains(err.Error(), "server response headers exceeded"): // net/http has no value for it
		return "max_headers", "ask the source's owner why its answer begins with so many headers"
	case errors.Is(err, errOpenEnd):
		return "cut", "harvest again; the answer may have been cut off, or the source changes with every request"
	case errors.Is(err, errShort), errors.Is(err, io.ErrUnexpectedEOF):
		return "cut", "harvest again; the answer was cut off"
	case errors.As(err, &op) && op.Timeout():
		return "timeout", "raise timeout of the source, or harvest when the host is less busy"
	case errors.Is(err, context.DeadlineExceeded):
		return "max_time", "raise max_time of the source, or harvest when the host is less busy"
	case errors.As(err, &op):
		return "connection", "harvest again; check the address if the host never answers"
	}
	return "fetch", "check the address and the network, then harvest again"
}

// passing reports whether a failed attempt may succeed when repeated.
func passing(err error) bool {
	switch rule, _ := ruleOf(err); rule {
	case "max_bytes", "scheme", "max_redirects", "domain", "range", "compression", "private-address", "certificate",
		"max_headers", "retry-after", "max_time":
		return false
	case "robots":
		return errors.Is(err, errNoRobots)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound || errors.Is(err, context.Canceled) {
		return false
	}
	return !strings.Contains(err.Error(), "unsupported protocol") // net/http has no value for it
}

// statusError is the error of an answer whose status says that it is none of
// the document.
func statusError(address string, r *Response) *problem.Error {
	remedy := "look at the address in a browser; set url to where the data is now"
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		remedy = "the source wants credentials or refuses us: set token_env, or ask its owner"
	case r.Status == http.StatusPartialContent:
		remedy = "the source sends a part although all was asked for: ask its owner to repair the server"
	case r.Status == http.StatusTooManyRequests:
		remedy = "lower the rate of the source"
	case r.Status >= 500:
		remedy = "the source has a fault: harvest again later"
	}
	e := problem.Errorf(problem.Place{URL: address}, "http-status", remedy, "answered %d %s", r.Status,
		http.StatusText(r.Status))
	e.Status = r.Status
	return e
}
