package dcat

import (
	"fincat/vocab"
	"fincat/vocab/term"
)

// OwnPublisher is the organisation that publishes the catalogue, and the catalogue of
// a source whose publisher is not known.
const OwnPublisher = "fsc"

// taiwanBox is around Taiwan, Penghu, Kinmen, Matsu and Pratas, in degrees.
const taiwanBox = "POLYGON((116.6 20.5,122.2 20.5,122.2 26.5,116.6 26.5,116.6 20.5))"

// WholeCatalog returns the description of the whole catalogue, as DCAT-AP recommends,
// without what it lists. A time that is not known is zero, and so is the contact when nobody
// is named.
func WholeCatalog(b Base, issued, modified term.Term, contact Contact) []term.Triple {
	title := ZH("臺灣金融開放資料目錄")
	s := &sink{}
	s.at(b.Catalog(), func(s *sink) {
		s.text(vocab.DCTTitle, title, Text{Value: "Catalogue of Taiwan's financial open data", Lang: "en"})
		s.text(vocab.DCTDescription, ZH("金融監督管理委員會、所屬機關、周邊機構及公會開放資料之詮釋資料"),
			Text{Value: "Metadata of the open data of the Financial Supervisory Commission, its bureaus, the " +
				"peripheral institutions and the industry associations", Lang: "en"})
		s.link(vocab.DCTPublisher, b.Org(OwnPublisher))
		s.link(vocab.FOAFHomepage, string(b))
		s.contact(contact, []Text{{Value: contact.Name}}) // a name has no language
	})
	s.at(string(b), func(s *sink) { s.text(vocab.DCTTitle, title) })
	s.at(DCAT3, func(s *sink) { s.a(vocab.DCTStandard) })
	s.at(Taiwan, func(s *sink) {
		s.a(vocab.DCTLocation)
		s.add(vocab.DCATBbox, term.NewLiteral(taiwanBox, vocab.GEOWktLiteral))
		s.add(vocab.DCATCentroid, term.NewLiteral("POINT(120.97 23.75)", vocab.GEOWktLiteral))
		s.text(vocab.RDFSLabel, ZH("臺灣"), Text{Value: "Taiwan", Lang: "en"})
	})
	return append(s.out, EveryCatalog(b, b.Catalog(), issued, modified)...)
}

// EveryCatalog returns what the whole catalogue and that of each source, c, have in common.
func EveryCatalog(b Base, c string, issued, modified term.Term) []term.Triple {
	s := &sink{subject: term.NewIRI(c)}
	s.a(vocab.DCATCatalog)
	s.link(vocab.DCTLanguage, LanguageZH, LanguageEN)
	s.link(vocab.DCATThemeTaxonomy, b.Scheme("theme"), EUThemes)
	s.link(vocab.DCTLicense, OGDL)
	s.link(vocab.DCTSpatial, Taiwan)
	s.add(vocab.DCTIssued, issued)
	s.add(vocab.DCTModified, modified)
	return s.out
}
