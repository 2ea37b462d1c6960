package catalogue

import (
	"fmt"
	"strconv"

	"fincat/vocab"
	"fincat/vocab/term"
)

func (m *maker) catalog(i int) {
	m.begin(entity("catalog", i), vocab.DCATCatalog)
	m.inBoth(vocab.DCTTitle, fmt.Sprintf("資料目錄 %d", i), fmt.Sprintf("Catalogue %d", i))
	m.says(vocab.DCTPublisher, entity("organisation", i))
}

// organisation makes an organisation; each but the first has another above it.
func (m *maker) organisation(i int) {
	d := about(m.Seed, ofOrganisation, i)
	place, topic := places[d.IntN(len(places))], topics[d.IntN(len(topics))]
	m.begin(entity("organisation", i), vocab.ORGOrganization)
	m.inBoth(vocab.FOAFName, fmt.Sprintf("%s%s局第 %d 處", place.zh, topic.zh, i),
		fmt.Sprintf("%s %s bureau, division %d", place.en, topic.en, i))
	m.says(vocab.DCTIdentifier, term.NewString(fmt.Sprintf("org-%04d", i)))
	if i > 0 {
		m.says(vocab.ORGSubOrganizationOf, entity("organisation", (i-1)/5))
	}
}

// concept makes a concept of the tree below number 0.
func (m *maker) concept(i int) {
	d := about(m.Seed, ofConcept, i)
	topic, measure := topics[d.IntN(len(topics))], measures[d.IntN(len(measures))]
	m.begin(entity("concept", i), vocab.SKOSConcept)
	m.inBoth(vocab.SKOSPrefLabel, fmt.Sprintf("%s%s %d", topic.zh, measure.zh, i),
		fmt.Sprintf("%s %s %d", topic.en, measure.en, i))
	m.says(vocab.SKOSInScheme, entity("scheme", 0))
	if i > 0 {
		m.says(vocab.SKOSBroader, entity("concept", (i-1)/4))
	}
}

// dataset makes a dataset with all that is in its graph.
func (m *maker) dataset(i int, d draw) {
	self := entity("dataset", i)
	m.state(entity("catalog", d.skewed(catalogCount, 8)), vocab.DCATDatasetProperty, self)
	m.begin(self, vocab.DCATDataset)
	m.texts(i, d)
	publisher := d.skewed(m.organisations(), 14)
	m.says(vocab.DCTPublisher, entity("organisation", publisher))
	if d.chance(80) {
		m.says(vocab.DCTCreator, entity("organisation", min(publisher*5+d.IntN(6), m.organisations()-1)))
	}
	issued := d.IntN(days)
	modified := issued + d.skewed(days-issued, 8)
	m.says(vocab.DCTIssued, date(issued))
	m.says(vocab.DCTModified, moment(modified, d.IntN(86400)))
	m.choices(d)
	m.relations(i, d)
	for k := range d.count(1, 7) {
		m.distribution(self, i, k, modified, d)
	}
	for k := range d.count(1, 8) {
		m.measurement(self, i, k, d)
	}
}

// texts says what the dataset is called and about.
func (m *maker) texts(i int, d draw) {
	place, topic, measure := places[d.IntN(len(places))], topics[d.IntN(len(topics))], measures[d.IntN(len(measures))]
	m.says(vocab.DCTIdentifier, term.NewString(fmt.Sprintf("D%09d", i)))
	m.says(vocab.DCTTitle, term.NewLangString(place.zh+topic.zh+measure.zh, "zh"))
	if d.chance(60) {
		m.says(vocab.DCTTitle, term.NewLangString(place.en+" "+topic.en+" "+measure.en, "en"))
	}
	other := topics[d.IntN(len(topics))]
	if d.chance(92) {
		m.says(vocab.DCTDescription, term.NewLangString(fmt.Sprintf("%s各機構之%s%s，依%s分類，第 %d 版。",
			place.zh, topic.zh, measure.zh, other.zh, 1+d.IntN(40)), "zh"))
	}
	if d.chance(30) {
		m.says(vocab.DCTDescription, term.NewLangString(fmt.Sprintf("%s: the %s of all institutions in %s, "+
			"by kind of %s, edition %d.", topic.en, measure.en, place.en, other.en, 1+d.IntN(40)), "en"))
	}
}

// choices says what comes from lists.
func (m *maker) choices(d draw) {
	for _, k := range d.several(1+d.count(0, 8), -1, func() int { return d.skewed(m.keywords(), 14) }) {
		topic := topics[k%len(topics)]
		m.says(vocab.DCATKeyword, term.NewLangString(topic.zh+strconv.Itoa(k), "zh"))
	}
	for _, k := range d.several(d.count(1, 3), -1, func() int { return d.IntN(m.concepts()) }) {
		m.says(vocab.DCATTheme, entity("concept", k))
	}
	if d.chance(85) {
		m.says(vocab.DCTLicense, term.NewIRI(licences[d.skewed(len(licences), 12)]))
	}
	if d.chance(90) {
		m.says(vocab.DCTAccrualPeriodicity, term.NewIRI(
			"http://publications.europa.eu/resource/authority/frequency/"+frequencies[d.IntN(len(frequencies))]))
	}
	if d.chance(50) {
		m.says(vocab.DCTSpatial, entity("place", d.IntN(len(places))))
	}
	m.says(vocab.DCATContactPoint, entity("person", d.skewed(m.people(), 12)))
}

// relations says which other datasets it belongs to: of each hundred, forty are editions of
// a series; every tenth replaces the one ten before; others are related as it comes.
func (m *maker) relations(i int, d draw) {
	if i%100 < 40 {
		m.says(vocab.DCATInSeries, entity("series", i/100))
		if i%100 > 0 {
			m.says(vocab.DCATPrev, entity("dataset", i-1))
		}
	}
	if i%10 == 7 && i > 10 {
		m.says(vocab.DCTReplaces, entity("dataset", i-10))
	}
	if d.chance(60) {
		for _, k := range d.several(d.count(1, 6), i, func() int { return d.IntN(m.Datasets) }) {
			m.says(vocab.DCTRelation, entity("dataset", k))
		}
	}
	for _, k := range d.several(d.count(0, 4), i, func() int { return d.skewed(m.Datasets, 14) }) {
		m.says(vocab.DCTSource, entity("dataset", k))
	}
}

func (m *maker) distribution(of term.Term, i, k, modified int, d draw) {
	format := formats[d.skewed(len(formats), 12)]
	self := term.NewIRI(fmt.Sprintf("%sdistribution/%d-%d", Base, i, k))
	m.state(of, vocab.DCATDistributionProperty, self)
	m.begin(self, vocab.DCATDistribution)
	m.says(vocab.DCTFormat, term.NewIRI("http://publications.europa.eu/resource/authority/file-type/"+format.name))
	m.says(vocab.DCATMediaType, term.NewIRI("https://www.iana.org/assignments/media-types/"+format.mediaType))
	m.says(vocab.DCATDownloadURL, term.NewIRI(fmt.Sprintf("https://files.bench.example/%d/%d", i, k)))
	if d.chance(80) {
		m.says(vocab.DCATByteSize, number(d.skewed(1<<30, 12)))
	}
	if d.chance(70) {
		m.says(vocab.DCTModified, moment(modified, d.IntN(86400)))
	}
}

// measurement makes number k of a dataset; later numbers are measured later.
func (m *maker) measurement(of term.Term, i, k int, d draw) {
	self := term.NewIRI(fmt.Sprintf("%smeasurement/%d-%d", Base, i, k))
	m.state(of, vocab.DQVHasQualityMeasurement, self)
	m.begin(self, vocab.DQVQualityMeasurement)
	m.says(vocab.DQVIsMeasurementOf, term.NewIRI(Base+"metric/"+metrics[d.IntN(len(metrics))]))
	m.says(vocab.DQVValue, number(d.IntN(101)))
	m.says(vocab.PROVGeneratedAtTime, moment(days+30*k+d.IntN(30), d.IntN(86400)))
}

func (m *maker) service(i int, d draw) {
	m.begin(entity("service", i), vocab.DCATDataService)
	m.says(vocab.DCTTitle, term.NewLangString(fmt.Sprintf("API %d", i), "en"))
	m.says(vocab.DCTPublisher, entity("organisation", d.skewed(m.organisations(), 14)))
	m.says(vocab.DCATEndpointURL, term.NewIRI(fmt.Sprintf("https://api.bench.example/%d", i)))
	for _, k := range d.several(d.count(1, 12), -1, func() int { return d.IntN(m.Datasets) }) {
		m.says(vocab.DCATServesDataset, entity("dataset", k))
	}
}

// person makes somebody who knows people and is interested in datasets, some of which many know.
func (m *maker) person(i int, d draw) {
	m.begin(entity("person", i), vocab.FOAFPerson)
	m.says(vocab.FOAFName, term.NewString(surnames[d.IntN(len(surnames))]+givenNames[d.IntN(len(givenNames))]))
	m.says(vocab.ORGMemberOf, entity("organisation", d.skewed(m.organisations(), 12)))
	if d.chance(70) {
		m.says(vocab.FOAFMbox, term.NewIRI(fmt.Sprintf("mailto:person%d@bench.example", i)))
	}
	for _, k := range d.several(2+d.IntN(16), i, func() int { return d.skewed(m.people(), 12) }) {
		m.says(vocab.FOAFKnows, entity("person", k))
	}
	for _, k := range d.several(1+d.IntN(12), -1, func() int { return d.skewed(m.Datasets, 14) }) {
		m.says(vocab.FOAFInterest, entity("dataset", k))
	}
}
