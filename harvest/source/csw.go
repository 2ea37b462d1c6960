package source

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/iso19139"
	"fincat/harvest/mapping"
	"fincat/vocab"
)

// The kind dcat reads answers of a catalogue service for the web (OGC CSW 2.0.2
// and 3.0) whose records are DCAT or ISO 19139, and turns down others. It asks for
// further records with startPosition, as the answer says where they begin.

const cswNS = "http://www.opengis.net/cat/csw"

// cswRemedy is what to do about records of another form.
const cswRemedy = "add outputSchema=http://www.w3.org/ns/dcat# or http://www.isotc211.org/2005/gmd to url, and " +
	"elementSetName=full; else ask its owner for DCAT or OAI-PMH"

// rootElement is the beginning of an XML document up to the name of its first
// element.
var rootElement = regexp.MustCompile(`^(?:\xEF\xBB\xBF)?` +
	`(?:\s|<\?[^>]*>|<!--(?:[^-]|-[^-])*-->)*<(?:[\w.-]+:)?([\w.-]+)`)

// isCSW reports whether an answer is one of a catalogue service, or one record as
// such services have it.
func isCSW(body []byte) bool {
	head := body[:min(len(body), 4096)]
	root := rootElement.FindSubmatch(head)
	if root == nil {
		return false
	}
	switch string(root[1]) {
	case "GetRecordsResponse", "GetRecordByIdResponse":
		return bytes.Contains(head, []byte(cswNS))
	case "ExceptionReport":
		return bytes.Contains(head, []byte("http://www.opengis.net/ows"))
	}
	return iso19139.Is(xml.Name{Space: "http://www.isotc211.org/2005/gmd", Local: string(root[1])}) ||
		iso19139.Is(xml.Name{Space: "http://www.isotc211.org/2005/gmi", Local: string(root[1])})
}

// cswPage yields the datasets of an answer and returns the address of the next
// one.
func (c *dcatPages) cswPage(
	ctx context.Context, r *fetch.Response, yield func(*mapping.Record, error) bool,
) (string, error) {
	text, err := document.XMLText(r)
	if err != nil {
		return "", err
	}
	d := document.XMLDecoder(text)
	var around document.Namespaces
	var page document.Contents
	next := 0
	for n := 0; ; {
		before := d.InputOffset()
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && before > 0 {
			break
		}
		if err != nil {
			return "", document.XMLError(r, text, err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "ExceptionReport":
			return "", cswRefused(r, d, start)
		case "GetRecordsResponse", "GetRecordByIdResponse":
			around = around.Declare(start)
			continue
		case "SearchResults":
			around = around.Declare(start)
			e := document.Element{Attrs: start.Attr}
			c.announced, _ = strconv.Atoi(e.Attr("numberOfRecordsMatched"))
			next, _ = strconv.Atoi(e.Attr("nextRecord"))
			continue
		case "SearchStatus", "RequestId":
			if err := d.Skip(); err != nil {
				return "", document.XMLError(r, text, err)
			}
			continue
		}
		n++
		if err := d.Skip(); err != nil {
			return "", document.XMLError(r, text, err)
		}
		raw := around.Declare(start).Standalone(text[before:d.InputOffset()])
		ids, err := c.cswRecord(ctx, r, start.Name, raw, n, yield)
		if err != nil {
			return "", err
		}
		for _, id := range ids {
			page.Add(id)
		}
	}
	c.datasets += page.N
	if err := c.s.pages.FreshContents(r.URL, page); err != nil {
		return "", err
	}
	return c.afterCSW(r, next)
}

// cswRecord yields the datasets of one record and returns their names.
func (c *dcatPages) cswRecord(ctx context.Context, r *fetch.Response, name xml.Name, raw []byte, n int,
	yield func(*mapping.Record, error) bool) (ids []string, err error) {
	place := placeAt(r.URL, fmt.Sprintf("record %d", n))
	switch {
	case name.Space == vocab.RDFNS && name.Local == "RDF":
	case strings.HasPrefix(name.Space, "http://www.w3.org/"):
		raw = fmt.Appendf(nil, `<rdf:RDF xmlns:rdf=%q>%s</rdf:RDF>`, vocab.RDFNS, raw)
	case iso19139.Is(name):
		rec := c.s.fromISO(raw, place, "")
		if rec != nil && !yield(rec, nil) {
			return nil, errStopped
		}
		return []string{string(raw)}, nil
	default:
		return nil, fail(place, "csw", cswRemedy, "the records are neither DCAT nor ISO 19139 but %s of %s",
			name.Local, name.Space)
	}
	g, err := c.s.graph(ctx, &fetch.Response{URL: r.URL, Body: raw, ContentType: "application/rdf+xml"})
	if err != nil {
		if yield(mapping.Broken("", place, "rdf-syntax", "", "the record is broken: "+err.Error(),
			"ask the service's owner to correct the record"), nil) {
			return []string{place.Locator}, nil
		}
		return nil, errStopped
	}
	for _, subject := range g.Datasets() {
		ids = append(ids, subject.String())
		if rec := c.s.FromGraph(g, subject, r.URL); rec != nil && !yield(rec, nil) {
			return nil, errStopped
		}
	}
	return ids, nil
}

// afterCSW returns the address with the records that follow, "" at the end.
func (c *dcatPages) afterCSW(r *fetch.Response, next int) (string, error) {
	u, err := url.Parse(c.s.Config.URL)
	if next > 0 && next <= c.announced && err == nil {
		q := u.Query()
		for name := range q {
			if strings.EqualFold(name, "startPosition") {
				q.Del(name)
			}
		}
		q.Set("startPosition", strconv.Itoa(next))
		u.RawQuery = q.Encode()
		if address := u.String(); !c.seen[address] {
			return address, nil
		}
		return "", document.OwnNext(r.URL)
	}
	switch {
	case c.datasets == 0:
		return "", fail(Place{URL: r.URL}, "csw", cswRemedy+", and resultType=results",
			"the answer of the catalogue service (CSW) has none of the %d records that it announces", c.announced)
	case c.datasets < c.announced:
		return "", document.Incomplete(placeAt(r.URL, "numberOfRecordsMatched"), c.announced, c.datasets)
	}
	return "", nil
}

// cswRefused turns an exception report into an error.
func cswRefused(r *fetch.Response, d *xml.Decoder, start xml.StartElement) error {
	var report struct {
		Exception []struct {
			Code string `xml:"exceptionCode,attr"`
			Text string `xml:"ExceptionText"`
		} `xml:"Exception"`
	}
	if err := d.DecodeElement(&report, &start); err != nil || len(report.Exception) == 0 {
		return fail(Place{URL: r.URL}, "csw", "correct the arguments in url",
			"the catalogue service refuses the request")
	}
	e := report.Exception[0]
	return fail(Place{URL: r.URL}, "csw", "correct the arguments in url",
		"the catalogue service refuses the request: %s %s", e.Code, strings.TrimSpace(e.Text))
}
