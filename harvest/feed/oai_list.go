package feed

import (
	"bytes"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/feed/datacite"
	"fincat/harvest/feed/listing"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func (q *oaiRequest) listIdentifiers(x *xmlWriter) error {
	return q.part(x, oaiIdentifiers, func(d *listing.Dataset, _ string) error {
		q.header(x, d)
		return nil
	})
}

func (q *oaiRequest) listRecords(x *xmlWriter) error {
	return q.part(x, oaiRecords, func(d *listing.Dataset, prefix string) error { return q.record(x, d, prefix) })
}

// oaiSelection says which records a list has, and which part of it comes next.
type oaiSelection struct {
	prefix, set string
	from, until string // as given
	after       string // IRI of the dataset that came last
	sent        int    // records before
}

// part writes the next part of a list, at most size records.
func (q *oaiRequest) part(x *xmlWriter, size int, write func(*listing.Dataset, string) error) error {
	sel, err := q.selection()
	var rest []*listing.Dataset
	if err == nil {
		rest, err = q.rest(&sel)
	}
	if err != nil && q.args.Has("resumptionToken") {
		return &oaiFault{"badResumptionToken", "the token is none of this list; begin the list anew"}
	}
	if err != nil {
		return err
	}
	switch { // a list is never empty (§4.5)
	case len(rest) > 0:
	case sel.after == "":
		return &oaiFault{"noRecordsMatch", "no record is in the set and was changed in that time"}
	default:
		return &oaiFault{"noRecordsMatch", "the list ends here: what was left of it has been changed since, and is " +
			"in lists that end later, or in other sets"}
	}
	verb := q.args.Get("verb")
	x.open(verb)
	now := rest[:min(size, len(rest))]
	for _, d := range now {
		if err := q.ctx.Err(); err != nil {
			return err
		}
		if err := write(d, sel.prefix); err != nil {
			return err
		}
	}
	size, cursor := sel.sent+len(rest), sel.sent
	attrs := []string{"completeListSize", strconv.Itoa(size), "cursor", strconv.Itoa(cursor)}
	switch {
	case len(now) < len(rest):
		sel.after, sel.sent = now[len(now)-1].IRI, sel.sent+len(now)
		x.element("resumptionToken", sel.token(verb), attrs...)
	case sel.sent > 0: // an empty token ends the list (§3.5)
		x.element("resumptionToken", "", attrs...)
	}
	x.close(verb)
	return nil
}

// rest returns the records of a list that have not come yet.
func (q *oaiRequest) rest(sel *oaiSelection) (rest []*listing.Dataset, err error) {
	from, until, err := sel.times()
	if err != nil {
		return nil, err
	}
	in, ok := q.inSet(listing.After(q.list.All, sel.after), sel.set)
	if !ok {
		return nil, &oaiFault{"badArgument", "set=" + sel.set + ": sets are source:ID, publisher:ID and sector:ID"}
	}
	for _, d := range in {
		if at := d.Second(); !at.Before(from) && (until.IsZero() || !at.After(until)) {
			rest = append(rest, d)
		}
	}
	return rest, nil
}

// selection reads what a list is asked for, or its token.
func (q *oaiRequest) selection() (oaiSelection, error) {
	if q.args.Has("resumptionToken") {
		return parseToken(q.args.Get("resumptionToken"), q.args.Get("verb"))
	}
	s := oaiSelection{prefix: q.args.Get("metadataPrefix"), set: q.args.Get("set"), from: q.args.Get("from"),
		until: q.args.Get("until")}
	for _, name := range []string{"set", "from", "until"} {
		if q.args.Has(name) && q.args.Get(name) == "" {
			return s, &oaiFault{"badArgument", name + " is empty"}
		}
	}
	return s, checkPrefix(s.prefix)
}

// times returns the first and the last second of the list. until is zero for no end.
func (s *oaiSelection) times() (from, until time.Time, err error) {
	layouts := []string{oaiSecond, time.DateOnly}
	read := func(name, value string) (t time.Time, layout string, err error) {
		for _, layout := range layouts {
			if t, err := time.Parse(layout, value); err == nil && len(value) == len(layout) {
				return t, layout, nil
			}
		}
		return t, "", &oaiFault{"badArgument", name + "=" + value + ": want YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"}
	}
	var a, b string
	if s.from != "" {
		if from, a, err = read("from", s.from); err != nil {
			return from, until, err
		}
	}
	if s.until != "" {
		if until, b, err = read("until", s.until); err != nil {
			return from, until, err
		}
		if b == time.DateOnly {
			until = until.AddDate(0, 0, 1).Add(-time.Second)
		}
	}
	switch {
	case a != "" && b != "" && a != b:
		err = &oaiFault{"badArgument", "from and until are not of the same granularity"}
	case b != "" && until.Before(from):
		err = &oaiFault{"badArgument", "until is before from"}
	}
	return from, until, err
}

// token writes a selection as a resumption token: a form and its checksum.
func (s *oaiSelection) token(verb string) string {
	v := url.Values{"v": {verb}, "p": {s.prefix}, "s": {s.set}, "f": {s.from}, "u": {s.until}, "a": {s.after},
		"n": {strconv.Itoa(s.sent)}}
	text := v.Encode()
	sum := crc32.ChecksumIEEE([]byte(text))
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatUint(uint64(sum), 36) + "." + text))
}

// errToken says that a token is none of a list.
var errToken = errors.New("the token is none of this list")

func parseToken(token, verb string) (s oaiSelection, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	sum, text, ok := strings.Cut(string(b), ".")
	if err != nil || !ok || sum != strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text))), 36) {
		return s, errToken
	}
	v, err := url.ParseQuery(text)
	if err != nil || v.Get("v") != verb {
		return s, errToken
	}
	s = oaiSelection{prefix: v.Get("p"), set: v.Get("s"), from: v.Get("f"), until: v.Get("u"), after: v.Get("a")}
	if s.sent, err = strconv.Atoi(v.Get("n")); err != nil || s.sent < 1 ||
		term.CheckIRI(s.after) != nil {
		return s, errToken
	}
	return s, checkPrefix(s.prefix)
}

// rdf writes a dataset as RDF/XML: what [Statements] has of it.
func (q *oaiRequest) rdf(x *xmlWriter, d *listing.Dataset) error {
	all, err := Statements(q.ctx, q.sn, d)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := rdfio.Write(q.ctx, &b, rdfio.RDFXML, rdfio.All(all), q.h.mending(q.ctx, "/oai")); err != nil {
		return err
	}
	doc := b.Bytes()
	if end := bytes.Index(doc, []byte("?>")); end >= 0 && bytes.HasPrefix(doc, []byte("<?xml")) {
		doc = doc[end+2:]
	}
	x.b.Write(bytes.TrimSpace(doc))
	return nil
}

// datacite writes a dataset in DataCite 4.
func (q *oaiRequest) datacite(x *xmlWriter, d *listing.Dataset) error {
	e, err := q.rd.entry(d.IRI)
	if err != nil || e == nil {
		return err
	}
	var names []string // of publisher, owner, themes
	for _, iri := range append([]string{e.publisher, e.owner}, e.Theme...) {
		name, err := q.rd.name(iri)
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	b, err := datacite.Write(datacite.Dataset{Dataset: e.Dataset, Publisher: names[0], Owner: names[1],
		Themes: names[2:], Elsewhere: e.origins(), Year: d.Changed.UTC().Year()})
	x.b.Write(b)
	return err
}
