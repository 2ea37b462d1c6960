package iso19139

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	gmdNS     = "http://www.isotc211.org/2005/gmd"
	gmiNS     = "http://www.isotc211.org/2005/gmi"
	geodcatNS = "http://data.europa.eu/930/"
	inspireNS = "http://inspire.ec.europa.eu/metadata-codelist/"
	spatialRS = "http://inspire.ec.europa.eu/glossary/SpatialReferenceSystem"
)

// A Description is what one document describes.
type Description struct {
	Identifier string // gmd:fileIdentifier, by which its catalogue knows it
	Subject    term.Term
	Record     term.Term // the catalogue record
	Service    bool      // a service is described, no dataset
	Triples    []term.Triple
}

// Is reports whether an element is a description in this form.
func Is(name xml.Name) bool {
	return name.Space == gmdNS && name.Local == "MD_Metadata" || name.Space == gmiNS && name.Local == "MI_Metadata"
}

// Triples reads a description. The text is UTF-8, whatever encoding it declares.
func Triples(text []byte) (*Description, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var root node
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("read ISO 19139: %w", err)
	}
	if !Is(root.XMLName) {
		return nil, fmt.Errorf("read ISO 19139: the element is %s of %s", root.XMLName.Local, root.XMLName.Space)
	}
	m := &mapper{root: &root, locales: map[string]string{}}
	return m.description(), nil
}

// mapper maps one document.
type mapper struct {
	root    *node
	subject term.Term
	record  term.Term
	lang    string            // tag of the document's language
	locales map[string]string // tags of further languages, by the identifier that texts refer to
	out     []term.Triple
	blanks  int
}

func (m *mapper) add(s term.Term, p string, o term.Term) {
	if o.IsLiteral() && strings.TrimSpace(o.Value()) == "" {
		return
	}
	m.out = append(m.out, term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: o})
}

func (m *mapper) blank() term.Term {
	m.blanks++
	return term.NewBlankNode("iso" + strconv.Itoa(m.blanks))
}

// node adds a node of a class and returns it.
func (m *mapper) node(s term.Term, p, class string) term.Term {
	o := m.blank()
	m.add(s, p, o)
	m.add(o, vocab.RDFType, term.NewIRI(class))
	return o
}

// text gives a text the document's language, if it is written in that.
func (m *mapper) text(v string) dcat.Text {
	return dcat.Text{Value: v, Lang: dcat.Written(v, m.lang)}
}

// texts adds the texts of a property's element in all of their languages.
func (m *mapper) texts(s term.Term, p string, list []*node) {
	for _, e := range list {
		if v := e.take(); v != "" {
			m.add(s, p, m.text(v).Term())
		}
		for _, t := range e.all("PT_FreeText", "textGroup", "LocalisedCharacterString") {
			t.used = true
			tag := m.locales[strings.TrimPrefix(t.attr("locale"), "#")]
			m.add(s, p, dcat.Text{Value: strings.TrimSpace(t.Chars), Lang: tag}.Term())
		}
	}
}

func (m *mapper) description() *Description {
	m.languages()
	id := m.root.first("fileIdentifier")
	info := m.root.all("identificationInfo", "*")
	m.subject, m.record = m.blank(), m.blank()
	for _, i := range info {
		m.identifiers(i)
	}
	m.add(m.record, vocab.RDFType, term.NewIRI(vocab.DCATCatalogRecord))
	m.add(m.record, vocab.FOAFPrimaryTopic, m.subject)
	m.add(m.record, vocab.DCTIdentifier, term.NewString(id))
	service := m.kind(info)
	for _, i := range info {
		m.identification(i)
	}
	m.aboutRecord()
	m.distributions()
	m.quality()
	for _, c := range m.root.Children {
		s := m.record
		if strings.HasSuffix(c.XMLName.Local, "Info") || c.XMLName.Local == "dataSetURI" {
			s = m.subject
		}
		m.restOf(s, c)
	}
	return &Description{Identifier: id, Subject: m.subject, Record: m.record, Service: service, Triples: m.out}
}

// languages reads the language of the document and those that its texts have
// besides.
func (m *mapper) languages() {
	for _, l := range m.root.all("language") {
		m.lang = languageTag(l.value())
	}
	for _, l := range m.root.all("locale", "PT_Locale") {
		m.locales[l.attr("id")] = languageTag(l.first("languageCode"))
	}
}

// identifiers names the subject: by an identifier that is an address, if there is
// one.
func (m *mapper) identifiers(info *node) {
	var plain []string
	for _, e := range info.all("citation", "CI_Citation", "identifier", "*", "code") {
		v := e.take()
		if iri, ok := dcat.EncodeIRI(v); ok && isWeb(v) && m.subject.IsBlankNode() {
			m.subject = term.NewIRI(iri)
		}
		if v != "" {
			plain = append(plain, v)
		}
	}
	if uri := m.root.first("dataSetURI"); isWeb(uri) && m.subject.IsBlankNode() {
		m.subject = address(uri)
	} else if uri != "" {
		plain = append(plain, uri)
	}
	if file := m.root.all("fileIdentifier"); len(plain) == 0 && len(file) > 0 {
		plain = append(plain, file[0].value())
	}
	for _, v := range plain {
		m.add(m.subject, vocab.DCTIdentifier, term.NewString(v))
	}
}

// kind says what is described, and reports whether it is a service.
func (m *mapper) kind(info []*node) (service bool) {
	class := vocab.DCATDataset
	for _, e := range m.root.all("hierarchyLevel") {
		code := e.take()
		switch code {
		case "service":
			service = true
		case "series":
			m.add(m.subject, vocab.RDFType, term.NewIRI(vocab.DCATDatasetSeries))
		}
		if code != "" {
			m.add(m.subject, vocab.DCTType, term.NewIRI(inspireNS+"ResourceType/"+segment(code)))
		}
	}
	for _, i := range info {
		service = service || i.XMLName.Local == "SV_ServiceIdentification"
	}
	if service {
		class = vocab.DCATDataService
	}
	m.add(m.subject, vocab.RDFType, term.NewIRI(class))
	return service
}

// dates are the properties of the types of dates.
var dates = map[string]string{
	"publication": vocab.DCTIssued, "revision": vocab.DCTModified, "creation": vocab.DCTCreated,
}

// identification maps gmd:MD_DataIdentification.
func (m *mapper) identification(i *node) {
	s, citation := m.subject, i.all("citation", "CI_Citation")
	for _, c := range citation {
		m.texts(s, vocab.DCTTitle, c.all("title"))
		m.texts(s, vocab.DCTAlternative, c.all("alternateTitle"))
		m.texts(s, vocab.DCATVersion, c.all("edition"))
		m.datesOf(s, c)
		m.parties(s, c.all("citedResponsibleParty"))
	}
	m.texts(s, vocab.DCTDescription, i.all("abstract"))
	m.parties(s, i.all("pointOfContact"))
	for _, e := range i.all("language") {
		m.language(s, e)
	}
	for _, e := range i.all("topicCategory") {
		if code := e.take(); code != "" {
			m.add(s, vocab.DCATTheme, term.NewIRI(inspireNS+"TopicCategory/"+segment(code)))
		}
	}
	for _, k := range i.all("descriptiveKeywords", "MD_Keywords") {
		m.keywords(k)
	}
	for _, e := range i.all("resourceMaintenance", "MD_MaintenanceInformation", "maintenanceAndUpdateFrequency") {
		m.add(s, vocab.DCTAccrualPeriodicity, term.NewString(e.take()))
	}
	for _, e := range i.all("resourceConstraints", "*") {
		m.constraints(e)
	}
	for _, e := range i.all("spatialResolution", "MD_Resolution", "distance") {
		if n := e.leaf(); n.attr("uom") == "m" || strings.HasSuffix(n.attr("uom"), "#m") {
			m.add(s, vocab.DCATSpatialResolutionInMeters, term.NewLiteral(e.take(), vocab.XSDDecimal))
		}
	}
	for _, e := range i.all("extent", "EX_Extent") {
		m.extent(e)
	}
	for _, e := range m.root.all("parentIdentifier") {
		m.add(s, vocab.DCTIsPartOf, term.NewString(e.take()))
	}
}

// language adds a language as the concept of the Publications Office.
func (m *mapper) language(s term.Term, e *node) {
	code := e.take()
	if len(code) != 3 {
		m.add(s, vocab.DCTLanguage, term.NewString(code))
		return
	}
	if t, ok := terminology[strings.ToLower(code)]; ok {
		code = t
	}
	m.add(s, vocab.DCTLanguage, term.NewIRI("http://publications.europa.eu/resource/authority/language/"+
		segment(strings.ToUpper(code))))
}

// keywords adds keywords: those of a thesaurus as concepts in it, which have an
// address if the keyword names one.
func (m *mapper) keywords(k *node) {
	var scheme term.Term
	for _, t := range k.all("thesaurusName", "CI_Citation") {
		if !t.says() {
			continue
		}
		scheme = m.blank()
		m.add(scheme, vocab.RDFType, term.NewIRI(vocab.SKOSConceptScheme))
		m.texts(scheme, vocab.DCTTitle, t.all("title"))
		m.datesOf(scheme, t)
		m.rest(scheme, t)
		t.used = true
	}
	for _, e := range k.all("keyword") {
		href := e.leaf().attr("href")
		if scheme.IsZero() && !isWeb(href) {
			m.texts(m.subject, vocab.DCATKeyword, []*node{e})
			continue
		}
		concept := m.blank()
		if isWeb(href) {
			concept = address(href)
		}
		m.add(m.subject, vocab.DCATTheme, concept)
		m.add(concept, vocab.RDFType, term.NewIRI(vocab.SKOSConcept))
		m.texts(concept, vocab.SKOSPrefLabel, []*node{e})
		if !scheme.IsZero() {
			m.add(concept, vocab.SKOSInScheme, scheme)
		}
		e.used = true
	}
}

// datesOf adds the dates of a citation that have properties of their own.
func (m *mapper) datesOf(s term.Term, citation *node) {
	for _, d := range citation.all("date", "CI_Date") {
		for _, kind := range d.all("dateType") {
			if p := dates[kind.value()]; p != "" && firstValue(d.all("date")) != "" {
				kind.take()
				m.add(s, p, date(d.first("date")))
			}
		}
	}
}

func firstValue(list []*node) string {
	for _, e := range list {
		if v := e.value(); v != "" {
			return v
		}
	}
	return ""
}

// constraints adds licences, rights and conditions of access. A licence is what
// the list of licences has, or an address where the conditions of use say so.
func (m *mapper) constraints(c *node) {
	access, use := len(c.all("accessConstraints")) > 0, len(c.all("useConstraints")) > 0
	for _, e := range slices.Concat(c.all("useLimitation"), c.all("otherConstraints")) {
		v, href := strings.TrimSpace(e.leaf().Chars), e.leaf().attr("href")
		if iri, ok := dcat.License(firstOf(href, v)); ok {
			m.add(m.subject, vocab.DCTLicense, term.NewIRI(iri))
			e.used = v == "" || href == ""
			continue
		}
		other := e.XMLName.Local == "otherConstraints"
		switch {
		case other && access && !use:
			m.rights(vocab.DCTAccessRights, e)
		case isWeb(firstOf(href, v)) && use:
			m.add(m.subject, vocab.DCTLicense, address(firstOf(href, v)))
			e.used = v == "" || href == ""
		default:
			m.rights(vocab.DCTRights, e)
		}
	}
}

// rights adds a statement of rights.
func (m *mapper) rights(p string, e *node) {
	if !e.says() {
		return
	}
	o := m.blank()
	if href := e.leaf().attr("href"); isWeb(href) {
		o = address(href)
	}
	m.add(m.subject, p, o)
	m.add(o, vocab.RDFType, term.NewIRI(vocab.DCTRightsStatement))
	m.texts(o, vocab.RDFSLabel, []*node{e})
	e.used = true
}

// extent adds places and times.
func (m *mapper) extent(e *node) {
	for _, b := range e.all("geographicElement", "EX_GeographicBoundingBox") {
		m.box(b)
	}
	for _, g := range e.all("geographicElement", "EX_GeographicDescription", "geographicIdentifier", "*", "code") {
		if href := g.leaf().attr("href"); isWeb(href) {
			m.add(m.subject, vocab.DCTSpatial, address(href))
			continue
		}
		place := m.node(m.subject, vocab.DCTSpatial, vocab.DCTLocation)
		m.texts(place, vocab.SKOSPrefLabel, []*node{g})
	}
	for _, t := range e.all("temporalElement", "*", "extent", "*") {
		begin := slices.Concat(t.all("beginPosition"), t.all("begin", "TimeInstant", "timePosition"),
			t.all("timePosition"))
		end := slices.Concat(t.all("endPosition"), t.all("end", "TimeInstant", "timePosition"), t.all("timePosition"))
		from, to := position(begin), position(end)
		if from == "" && to == "" {
			continue
		}
		period := m.node(m.subject, vocab.DCTTemporal, vocab.DCTPeriodOfTime)
		m.add(period, vocab.DCATStartDate, date(from))
		m.add(period, vocab.DCATEndDate, date(to))
	}
}

// box adds the place within a bounding box.
func (m *mapper) box(b *node) {
	var at [4]string
	for i, name := range []string{
		"westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude",
	} {
		at[i] = firstValue(b.all(name))
		if _, err := strconv.ParseFloat(at[i], 64); err != nil {
			return // it stays as the source wrote it
		}
	}
	b.used = true
	place := m.node(m.subject, vocab.DCTSpatial, vocab.DCTLocation)
	m.add(place, vocab.DCATBbox, term.NewLiteral(fmt.Sprintf(
		"POLYGON((%[1]s %[4]s,%[2]s %[4]s,%[2]s %[3]s,%[1]s %[3]s,%[1]s %[4]s))", at[0], at[1], at[2], at[3]),
		vocab.GEOWktLiteral))
}

// position returns a position in time that is taken over.
func position(list []*node) string {
	for _, e := range list {
		if v := strings.TrimSpace(e.Chars); v != "" {
			e.used = e.attr("indeterminatePosition") == ""
			return v
		}
	}
	return ""
}

// aboutRecord says of the catalogue record what concerns the description.
func (m *mapper) aboutRecord() {
	r := m.record
	for _, e := range m.root.all("dateStamp") {
		m.add(r, vocab.DCTModified, date(e.take()))
	}
	for _, e := range m.root.all("language") {
		m.language(r, e)
	}
	m.parties(r, m.root.all("contact"))
	if name := m.root.all("metadataStandardName"); len(name) > 0 {
		standard := m.node(r, vocab.DCTConformsTo, vocab.DCTStandard)
		m.texts(standard, vocab.DCTTitle, name)
		m.texts(standard, vocab.DCATVersion, m.root.all("metadataStandardVersion"))
	}
}

// quality adds lineage, reference systems, and the specifications that the data
// conforms to.
func (m *mapper) quality() {
	for _, e := range m.root.all("dataQualityInfo", "DQ_DataQuality", "lineage", "LI_Lineage", "statement") {
		if e.value() != "" {
			m.texts(m.node(m.subject, vocab.DCTProvenance, vocab.DCTProvenanceStatement), vocab.RDFSLabel, []*node{e})
		}
	}
	for _, e := range m.root.all("referenceSystemInfo", "MD_ReferenceSystem", "referenceSystemIdentifier", "*") {
		standard := m.node(m.subject, vocab.DCTConformsTo, vocab.DCTStandard)
		m.add(standard, vocab.DCTType, term.NewIRI(spatialRS))
		m.add(standard, vocab.DCTIdentifier, term.NewString(e.first("code")))
		m.rest(standard, e)
		e.used = true
	}
	for _, e := range m.root.all("dataQualityInfo", "DQ_DataQuality", "report", "DQ_DomainConsistency", "result",
		"DQ_ConformanceResult") {
		if pass := e.all("pass"); len(pass) == 0 || pass[0].value() != "true" {
			continue
		}
		e.first("pass")
		standard := m.node(m.subject, vocab.DCTConformsTo, vocab.DCTStandard)
		for _, spec := range e.all("specification", "CI_Citation") {
			m.texts(standard, vocab.DCTTitle, spec.all("title"))
			m.rest(standard, spec)
			spec.used = true
		}
	}
}
