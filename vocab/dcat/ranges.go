package dcat

import (
	"slices"
	"strings"
	"sync"

	"fincat/vocab"
	"fincat/vocab/term"
)

// ranges are the classes of what properties lead to, as DCAT-AP 3.0.1 has them.
// Classes of records are not among them: who points at a dataset elsewhere does
// not say that it is one of this catalogue.
var ranges = map[string]string{
	vocab.ADMSIdentifierProperty: vocab.ADMSIdentifier, vocab.ADMSStatus: vocab.SKOSConcept,
	vocab.DCATAPApplicableLegislation: vocab.ELILegalResource, vocab.DCATAPAvailability: vocab.SKOSConcept,
	vocab.DCATAPHvdCategory:  vocab.SKOSConcept,
	vocab.DCATCompressFormat: vocab.DCTMediaType, vocab.DCATPackageFormat: vocab.DCTMediaType,
	vocab.DCATMediaType: vocab.DCTMediaType, vocab.DCTFormat: vocab.DCTMediaTypeOrExtent,
	vocab.DCATContactPoint: vocab.VCARDKind, vocab.DCATHadRole: vocab.DCATNS + "Role",
	vocab.DCATLandingPage: vocab.FOAFDocument, vocab.FOAFPage: vocab.FOAFDocument,
	vocab.FOAFHomepage: vocab.FOAFDocument, vocab.DCATQualifiedRelation: vocab.DCATRelationship,
	vocab.DCATTheme: vocab.SKOSConcept, vocab.DCATThemeTaxonomy: vocab.SKOSConceptScheme,
	vocab.DCTAccessRights: vocab.DCTRightsStatement, vocab.DCTRights: vocab.DCTRightsStatement,
	vocab.DCTAccrualPeriodicity: vocab.DCTFrequency, vocab.DCTConformsTo: vocab.DCTStandard,
	vocab.DCTCreator: vocab.FOAFAgent, vocab.DCTPublisher: vocab.FOAFAgent, vocab.DCTContributor: vocab.FOAFAgent,
	vocab.DCTRightsHolder: vocab.FOAFAgent,
	vocab.DCTLanguage:     vocab.DCTLinguisticSystem, vocab.DCTLicense: vocab.DCTLicenseDocument,
	vocab.DCTProvenance: vocab.DCTProvenanceStatement, vocab.DCTSpatial: vocab.DCTLocation,
	vocab.DCTTemporal: vocab.DCTPeriodOfTime, vocab.DCTType: vocab.SKOSConcept,
	vocab.ODRLHasPolicy: vocab.ODRLNS + "Policy", vocab.PROVQualifiedAttribution: vocab.PROVAttribution,
	vocab.SPDXChecksumProperty: vocab.SPDXChecksum,
}

// typed are the concepts of [Schemes] with their classes there.
var typed = sync.OnceValue(func() map[term.Triple]bool {
	out := map[term.Triple]bool{}
	for _, t := range Schemes("") {
		if t.Predicate.Value() == vocab.RDFType {
			out[t] = true
		}
	}
	return out
})

// Types returns the types that the objects of triples have because of the
// properties that lead to them, sorted, without those that the triples or the
// concept schemes state, and without what known knows. The triples may come in parts.
func Types(known func(iri string) bool, parts ...[]term.Triple) []term.Triple {
	n := 0
	for _, triples := range parts {
		n += len(triples)
	}
	out := make([]term.Triple, 0, n/2) // most have fewer
	for _, triples := range parts {
		for _, t := range triples {
			class := ranges[t.Predicate.Value()]
			if class == "" || !t.Object.IsIRI() || known(t.Object.Value()) {
				continue
			}
			out = append(out, term.Triple{
				Subject: t.Object, Predicate: term.NewIRI(vocab.RDFType), Object: term.NewIRI(class)})
		}
	}
	out = sorted(out)
	stated := make([]bool, len(out))
	for _, triples := range parts {
		for _, t := range triples {
			if t.Predicate.Value() == vocab.RDFType {
				if i, ok := slices.BinarySearchFunc(out, t, term.CompareTriples); ok {
					stated[i] = true
				}
			}
		}
	}
	left := out[:0]
	for i, is := range out {
		if !stated[i] && !typed()[is] {
			left = append(left, is)
		}
	}
	return left
}

// DataThemes returns the EU data themes that service categories of the catalogue
// belong to.
func DataThemes(b Base, themes []string) (out []string) {
	for _, iri := range themes {
		if code, ok := strings.CutPrefix(iri, b.Theme("")); ok && themeOf[code] != "" {
			out = append(out, euTheme+themeOf[code])
		}
	}
	return out
}

// AgentType returns the concept of the ADMS list of publisher types that the name
// of an organisation of Taiwan tells, "" when it tells none.
func AgentType(name string) string {
	for _, kind := range []struct{ code, endings string }{
		{"Company", "股份有限公司 有限公司 公司"},
		{"IndustryConsortium", "公會 公會全國聯合會 聯合社 公會聯合會"},
		{"Academia-ScientificOrganisation", "大學 學院 中央研究院"},
		{"LocalAuthority", "市政府 縣政府 公所 市議會 縣議會"},
	} {
		for ending := range strings.FieldsSeq(kind.endings) {
			if strings.HasSuffix(name, ending) {
				return publisherType + kind.code
			}
		}
	}
	switch {
	case strings.HasPrefix(name, "財團法人"), strings.HasPrefix(name, "社團法人"):
		return publisherType + "NonProfitOrganisation"
	case strings.Contains(name, "市政府"), strings.Contains(name, "縣政府"):
		return publisherType + "LocalAuthority"
	}
	for ending := range strings.FieldsSeq("部 委員會 院 署 局 總處 總隊 中央銀行") {
		if strings.HasSuffix(name, ending) {
			return publisherType + "NationalAuthority"
		}
	}
	return ""
}

const (
	publisherType = "http://purl.org/adms/publishertype/"
	licenceType   = "http://purl.org/adms/licencetype/"
	availability  = "http://publications.europa.eu/resource/authority/planned-availability/"
)

// Available is the concept of data that is to be had.
const Available = availability + "AVAILABLE"

// Types of the latest change of a catalogue record (ADMS change types).
const (
	RecordCreated = "http://purl.org/adms/changetype/created"
	RecordUpdated = "http://purl.org/adms/changetype/updated"
	RecordDeleted = "http://purl.org/adms/changetype/deleted"
)

// EUThemes is the scheme of the EU data themes.
const EUThemes = "http://publications.europa.eu/resource/authority/data-theme"

// Taiwan is the place that the catalogue is about.
const Taiwan = "https://sws.geonames.org/1668284/"

// DCAT3 is the standard that catalogue records conform to.
const DCAT3 = "https://www.w3.org/TR/vocab-dcat-3/"
