package iso19139

import (
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// distributions maps gmd:distributionInfo: files and services are distributions,
// pages are pages. A format belongs to every distribution if there is one only.
func (m *mapper) distributions() {
	for _, d := range m.root.all("distributionInfo", "MD_Distribution") {
		formats := slices.Concat(d.all("distributionFormat", "MD_Format"),
			d.all("distributor", "MD_Distributor", "distributorFormat", "MD_Format"))
		var made []term.Term
		for _, o := range slices.Concat(
			d.all("transferOptions", "MD_DigitalTransferOptions", "onLine", "CI_OnlineResource"),
			d.all("distributor", "MD_Distributor", "distributorTransferOptions", "MD_DigitalTransferOptions", "onLine",
				"CI_OnlineResource")) {
			if s := m.online(o); !s.IsZero() {
				made = append(made, s)
			}
		}
		if len(formats) == 1 && len(made) > 0 {
			name := formats[0].first("name")
			for _, s := range made {
				m.add(s, vocab.DCTFormat, term.NewString(name))
			}
		}
		for _, p := range d.all("distributor", "MD_Distributor", "distributorContact") {
			m.parties(m.subject, []*node{p})
		}
	}
}

// online maps one online resource, and returns the distribution that it is, if it
// is one.
func (m *mapper) online(o *node) term.Term {
	linkage := ""
	for _, e := range o.all("linkage") {
		linkage = e.value()
	}
	function, protocol := "", ""
	for _, e := range o.all("function") {
		function = e.value()
	}
	for _, e := range o.all("protocol") {
		protocol = strings.ToUpper(e.value())
	}
	if isWeb(linkage) && !isData(function, protocol, linkage) {
		page := address(o.first("linkage"))
		p := vocab.DCATLandingPage
		if function == "information" || function == "search" {
			p = vocab.FOAFPage
		}
		m.add(m.subject, p, page)
		m.describe(page, o)
		return term.Term{}
	}
	if !o.says() {
		return term.Term{}
	}
	s := m.node(m.subject, vocab.DCATDistributionProperty, vocab.DCATDistribution)
	property := vocab.DCATAccessURL
	if strings.Contains(protocol, "DOWNLOAD") || strings.Contains(protocol, "FTP") {
		property = vocab.DCATDownloadURL
	}
	if linkage != "" {
		m.add(s, property, address(o.first("linkage")))
	}
	m.describe(s, o)
	return s
}

// describe adds name and description of an online resource, and what else it says.
func (m *mapper) describe(s term.Term, o *node) {
	m.texts(s, vocab.DCTTitle, o.all("name"))
	m.texts(s, vocab.DCTDescription, o.all("description"))
	m.rest(s, o)
	o.used = true
}

// isData reports whether an online resource is data or a way to it, and no page.
func isData(function, protocol, linkage string) bool {
	switch function {
	case "download", "offlineAccess", "order":
		return true
	case "information", "search":
		return false
	}
	return strings.Contains(protocol, "DOWNLOAD") || strings.HasPrefix(protocol, "OGC:") ||
		strings.HasPrefix(protocol, "ESRI:") || dcat.Extension(linkage) != ""
}
