package portal

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fincat/cmd/fincat/chart"
	"fincat/harvest/feed"
	"fincat/sparql/protocol"
	"fincat/store/moment"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// fact is one property of a resource with its values.
type fact struct {
	Predicate, Label string
	Values           []value
	More             string
}

// distribution is a line of the table of a dataset's distributions.
type distribution struct {
	Href, Title, Format string
	Addresses           []value
}

type resourcePage struct {
	frame
	IRI, KindLabel string
	TitleLang      string
	Descriptions   []value
	Facts          []fact
	Record         []fact // how a dataset came into the catalogue
	Distributions  []distribution
	Together       *comparison // with the other records of a dataset
	Joins          []value     // what the columns of a dataset identify
	Entities       []value     // that a dataset names
	Identity       []value     // by what an entity is identified
	Mentions       []fact
	Quality        *qualityCard // of a dataset
	Standing       *standing    // of an organisation
	Versions       *versions    // of a dataset
	Use            *use         // of a dataset
}

const (
	maxValues   = 20 // values of one property that a page shows
	maxMentions = 10
)

// resource answers for every IRI of the catalogue's own: with a page, or with
// RDF where that is preferred.
func (p *Portal) resource(w http.ResponseWriter, r *http.Request) {
	if !wantsPage(w, r) {
		p.Feed.Resource(w, r, p.iri(r))
		return
	}
	m, past := moment.From(r.Context())
	sn, err := p.Engine.SnapshotAt(r.Context(), m.Seq)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	iri := p.iri(r)
	to, gone, err := p.Feed.Moved(r.Context(), sn, iri)
	if to != "" && p.Feed.Redirect(w, r, to) {
		return
	}
	var quads []term.Quad
	if err == nil {
		quads, err = feed.Describe(r.Context(), sn, iri)
	}
	if err == nil && len(quads) > 0 {
		quads, err = withSeries(r.Context(), sn, iri, quads)
	}
	switch {
	case err != nil:
		p.fail(w, r, err)
		return
	case gone:
		p.message(w, r, http.StatusGone, "gone", "gone.detail")
		return
	case len(quads) == 0:
		p.message(w, r, http.StatusNotFound, "notFound", "notFound.detail")
		return
	}
	rd := p.reader(r.Context(), sn, p.frame(r, sn, ""))
	page := rd.page(iri, quads)
	if err = page.around(p, rd, iri); err == nil && !past {
		err = page.today(p, rd, iri)
	}
	if err == nil && !past {
		page.Use, err = useOf(p, rd, page, iri, r.URL.Query().Get("file"), quads)
		if problem := protocol.ProblemOf(err); err != nil && problem.Status == http.StatusBadRequest {
			p.message(w, r, problem.Status, "badRequest", problem.Detail)
			return
		}
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	switch embed := r.URL.Query().Get("embed"); {
	case embed == "":
		p.render(w, r, http.StatusOK, "resource", page)
	case embed != "table" && embed != "chart":
		p.message(w, r, http.StatusBadRequest, "badRequest", fmt.Sprintf("embed=%.40q: want table or chart", embed))
	case page.Use == nil || page.Use.Preview == nil:
		p.message(w, r, http.StatusNotFound, "notFound", "embed.none")
	case embed == "chart":
		svg, err := drawn(page, chart.OptionsOf(r.URL.Query()))
		if err != nil {
			p.message(w, r, http.StatusNotFound, "notFound", err.Error())
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		chart.Serve(w, svg)
	default:
		page.Embedded = true
		w.Header().Del("X-Frame-Options")
		p.render(w, r, http.StatusOK, "embed", page)
	}
}

// around adds to a page what else the same state of the catalogue has about its resource.
func (page *resourcePage) around(p *Portal, rd *reader, iri string) (err error) {
	if page.Mentions, err = p.mentions(rd, iri); err != nil {
		return err
	}
	if page.Joins, err = p.joins(rd, iri); err != nil {
		return err
	}
	if page.Entities, err = p.entities(rd, iri); err != nil {
		return err
	}
	if page.Identity, err = p.identity(rd, iri); err != nil {
		return err
	}
	if page.Versions, err = versionsOf(p, rd, iri); page.Versions != nil && len(page.Versions.Rows) > 1 {
		page.Script = "/static/versions.js"
	}
	return err
}

// today adds to a page what is known of the present only.
func (page *resourcePage) today(p *Portal, rd *reader, iri string) error {
	list, err := p.Feed.Listing.At(rd.ctx, rd.sn)
	if err == nil {
		page.Together, err = rd.comparison(list, iri)
	}
	if err == nil {
		page.Quality, err = p.qualityOf(rd, iri)
	}
	if err == nil {
		page.Standing, err = p.standingOf(rd, iri)
	}
	if err == nil {
		page.Structured, err = p.Feed.SchemaOrg(rd.ctx, rd.sn, iri)
	}
	if err == nil && page.Structured != nil {
		page.Summary, _ = page.Structured["description"].(string)
		page.feeds(url.Values{"dataset": {iri}})
		err = leadToCroissant(p.Feed, rd, page, iri)
	}
	return err
}

// leadToCroissant leads to the description of the dataset's table, if there is one.
func leadToCroissant(h *feed.Handler, rd *reader, page *resourcePage, iri string) error {
	doc, err := feed.Croissant(rd.ctx, h, rd.sn, iri)
	if doc != nil {
		page.Alternates = append(page.Alternates, alternate{Type: "application/json", Label: "Croissant",
			Href: "/croissant.json?" + url.Values{"dataset": {iri}}.Encode()})
	}
	return err
}

// iri returns the IRI whose page r asks for. Query parameters are not part of
// it: they are settings of the page.
func (p *Portal) iri(r *http.Request) string {
	return string(p.Base) + strings.TrimPrefix(r.URL.EscapedPath(), "/")
}

// factOrder puts the properties people look for first; others follow by name.
var factOrder = [...]string{
	vocab.DCTPublisher, vocab.DCTCreator, vocab.DCATLandingPage, vocab.FOAFHomepage, vocab.DCATEndpointURL,
	vocab.DCATEndpointDescription, vocab.DCTLicense, vocab.DCATTheme, vocab.DCATKeyword, vocab.DCTAccrualPeriodicity,
	vocab.DCTModified, vocab.DCTIssued, vocab.FincatFieldDescription, vocab.ORGClassification, vocab.FincatSector,
	vocab.ORGSubOrganizationOf, vocab.FincatSupervisor,
}

// page puts together what a page says about a resource.
func (rd *reader) page(iri string, quads []term.Quad) *resourcePage {
	page := &resourcePage{frame: rd.f, IRI: iri}
	page.Canonical = iri
	if t, ok := rd.f.best(quads, iri, labelProperties...); ok {
		page.Title, page.TitleLang = t.Value(), t.Lang()
	} else {
		page.Title = rd.short(iri)
	}
	page.KindLabel = rd.kind(quads, iri)
	byProperty := map[string][]term.Quad{}
	for _, q := range quads {
		if q.Subject.Value() == iri && q.Subject.IsIRI() {
			byProperty[q.Predicate.Value()] = append(byProperty[q.Predicate.Value()], q)
		}
	}
	for _, q := range byProperty[vocab.DCTDescription] {
		page.Descriptions = append(page.Descriptions, rd.value(q.Object))
	}
	for _, q := range byProperty[vocab.DCATDistributionProperty] {
		page.Distributions = append(page.Distributions, rd.distribution(q.Object.Value(), quads))
	}
	for _, hidden := range []string{vocab.DCTDescription, vocab.DCATDistributionProperty, vocab.DCATRecord,
		vocab.RDFType} {
		delete(byProperty, hidden)
	}
	for _, property := range labelProperties {
		if about := byProperty[property]; len(about) == 1 && about[0].Object.Value() == page.Title {
			delete(byProperty, property)
		}
	}
	page.Record = rd.record(iri, quads)
	for property, about := range byProperty {
		page.Facts = append(page.Facts, rd.fact(property, about, quads))
	}
	slices.SortFunc(page.Facts, func(a, b fact) int {
		return cmp.Or(cmp.Compare(factRank(a.Predicate), factRank(b.Predicate)), cmp.Compare(a.Label, b.Label),
			cmp.Compare(a.Predicate, b.Predicate))
	})
	for _, f := range rdfio.Formats() {
		v := url.Values{"iri": {iri}}
		if rd.f.at != "" {
			v.Set("at", rd.f.at)
		}
		href := "/describe." + f.Name() + "?" + v.Encode()
		page.Alternates = append(page.Alternates, alternate{Href: href, Type: f.MediaType(), Label: f.String()})
	}
	return page
}

// record shows the dcat:CatalogRecord of a dataset.
func (rd *reader) record(dataset string, quads []term.Quad) []fact {
	var out []fact
	for _, q := range quads {
		if q.Predicate.Value() != vocab.FOAFPrimaryTopic || q.Object.Value() != dataset {
			continue
		}
		for _, property := range []string{vocab.DCTIssued, vocab.DCTModified, vocab.PROVWasGeneratedBy,
			vocab.PROVHadPrimarySource, vocab.FincatPlace} {
			var about []term.Quad
			for _, r := range quads {
				if r.Subject == q.Subject && r.Predicate.Value() == property {
					about = append(about, r)
				}
			}
			if len(about) > 0 {
				f := rd.fact(property, about, quads)
				f.Label = rd.f.L.label("record "+property, f.Label)
				out = append(out, f)
			}
		}
	}
	return out
}

func factRank(property string) int {
	if i := slices.Index(factOrder[:], property); i >= 0 {
		return i
	}
	return len(factOrder)
}

// kind returns what sort of thing the resource is, as precisely as there is a
// word for it.
func (rd *reader) kind(quads []term.Quad, iri string) string {
	best := rd.f.L.T("class")
	for _, q := range quads {
		if q.Subject.Value() == iri && q.Predicate.Value() == vocab.RDFType {
			if s, ok := rd.f.L.texts[q.Object.Value()]; ok {
				if best = s; q.Object.Value() == vocab.ORGFormalOrganization {
					continue // which sort of organisation, another class may say
				}
				return s
			}
			if best != rd.f.L.T("class") {
				continue
			}
			best = rd.short(q.Object.Value())
		}
	}
	return best
}

// fact shows the values of one property. A value without a page of its own, such
// as a blank node, is shown with its properties.
func (rd *reader) fact(property string, about, quads []term.Quad) fact {
	f := fact{Predicate: property, Label: rd.label(property)}
	for i, q := range about {
		if i == maxValues {
			break
		}
		v := rd.worded(q)
		if o := q.Object; o.IsBlankNode() || o.IsIRI() && strings.Contains(o.Value(), "#") &&
			strings.HasPrefix(o.Value(), rd.base) {
			v = rd.part(o, quads)
		}
		f.Values = append(f.Values, v)
	}
	if len(about) > maxValues {
		f.More = rd.more(about[0])
	}
	slices.SortStableFunc(f.Values, func(a, b value) int { return cmp.Compare(a.Text, b.Text) })
	return f
}

// worded shows the value of a statement. What the checks have to say is in the page's language.
func (rd *reader) worded(q term.Quad) value {
	v := rd.value(q.Object)
	switch q.Predicate.Value() {
	case vocab.FincatReason, vocab.FincatPlace, vocab.RDFSComment:
		if say, err := rd.f.L.checks(); err == nil && strings.HasPrefix(q.Subject.Value(), rd.base+"quality/") {
			v.Text = say(v.Text)
		}
	}
	return v
}

// more returns the search page with all datasets of a source's catalogue or
// service, "" for whatever else has too many values.
func (rd *reader) more(q term.Quad) string {
	switch q.Predicate.Value() {
	case vocab.DCATDatasetProperty, vocab.DCATServesDataset:
		source := q.Subject.Value()[strings.LastIndexByte(q.Subject.Value(), '/')+1:]
		return rd.f.with("/search", url.Values{"source": {source}})
	}
	return ""
}

// part shows a part of the resource as the list of what it says.
func (rd *reader) part(node term.Term, quads []term.Quad) value {
	var words []string
	for _, q := range quads {
		if q.Subject != node || q.Predicate.Value() == vocab.RDFType {
			continue
		}
		if text := rd.worded(q).Text; !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	if len(words) == 0 {
		return rd.value(node)
	}
	return value{Text: strings.Join(words, " · ")}
}

// distribution shows one distribution of a dataset.
func (rd *reader) distribution(iri string, quads []term.Quad) distribution {
	d := distribution{}
	d.Href, _ = rd.href(iri)
	if t, ok := rd.f.best(quads, iri, vocab.DCTTitle); ok {
		d.Title = t.Value()
	} else {
		d.Title = rd.f.L.T(vocab.DCATDistribution) + " " + iri[strings.LastIndexByte(iri, '/')+1:]
	}
	seen := map[string]bool{}
	for _, property := range []string{vocab.DCATDownloadURL, vocab.DCATAccessURL, vocab.DCTFormat} {
		for _, q := range quads {
			switch {
			case q.Subject.Value() != iri || q.Predicate.Value() != property:
			case property == vocab.DCTFormat:
				d.Format = rd.value(q.Object).Text
			case !seen[q.Object.Value()]:
				seen[q.Object.Value()] = true
				v := rd.raw(q.Object)
				v.Text = q.Object.Value()
				d.Addresses = append(d.Addresses, v)
			}
		}
	}
	return d
}

// mentions lists what refers to the resource, by property.
func (p *Portal) mentions(rd *reader, iri string) ([]fact, error) {
	resource := term.NewIRI(iri)
	rows, err := p.named(rd.ctx, rd.sn, "mentions", struct{ Resource term.Term }{resource})
	if err != nil {
		return nil, err
	}
	var out []fact
	for _, row := range rows {
		subjects, err := p.named(rd.ctx, rd.sn, "mentioned-by", struct {
			Resource, Property term.Term
			Limit              int
		}{resource, row[0], maxMentions})
		if err != nil {
			return nil, err
		}
		f := fact{Predicate: row[0].Value(), Label: rd.inverse(row[0].Value())}
		for _, s := range subjects {
			if s[0].IsIRI() && !strings.Contains(s[0].Value(), "#") {
				f.Values = append(f.Values, rd.value(s[0]))
			}
		}
		if number(row[1]) > maxMentions {
			f.More = p.moreMentions(rd, row[0].Value(), resource)
		}
		if len(f.Values) > 0 {
			out = append(out, f)
		}
	}
	return out, nil
}

// joins lists what the columns of a dataset identify, with the number of other datasets
// that can be joined with it there. Each leads to these.
func (p *Portal) joins(rd *reader, iri string) ([]value, error) {
	rows, err := p.named(rd.ctx, rd.sn, "joins", struct{ Resource term.Term }{term.NewIRI(iri)})
	if err != nil {
		return nil, err
	}
	var out []value
	for _, row := range rows {
		v := rd.value(row[0])
		v.Note = rd.f.L.N("joinable", number(row[1]))
		out = append(out, v)
	}
	return out, nil
}

// inverse returns the name of a property for the page of its object, such as
// "datasets" for the publisher.
func (rd *reader) inverse(property string) string {
	if s, ok := rd.f.L.texts["inverse "+property]; ok {
		return s
	}
	return rd.f.L.T("mentions") + ": " + rd.label(property)
}

// moreMentions returns the search page that shows all datasets which refer to
// the resource by the property, "" when there is none.
func (p *Portal) moreMentions(rd *reader, property string, resource term.Term) string {
	name := map[string]string{
		vocab.DCTPublisher: "publisher", vocab.DCTCreator: "publisher",
		vocab.DCATTheme: "theme", vocab.DCTFormat: "format",
	}[property]
	if name == "" {
		return ""
	}
	return rd.f.with("/search", url.Values{name: {p.short(name, resource.Value())}})
}
