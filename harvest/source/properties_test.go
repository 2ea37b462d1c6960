package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// property is one line of testdata/properties.txt.
type property struct{ class, name, form string }

// properties reads the table; those of Resource are those of each of its classes.
func properties(t *testing.T) (out []property) {
	t.Helper()
	data, err := os.ReadFile("testdata/properties.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		switch {
		case len(f) != 3 || f[0] == "#":
		case f[0] == "Resource":
			for _, class := range []string{"Catalog", "Dataset", "DatasetSeries", "DataService"} {
				out = append(out, property{class, f[1], f[2]})
			}
		default:
			out = append(out, property{f[0], f[1], f[2]})
		}
	}
	return out
}

var propertyPrefixes = func() map[string]string {
	p := vocab.Prefixes()
	p["stat"] = "http://data.europa.eu/(xyz)/statdcat-ap/"
	return p
}()

// iri returns the whole name of the property.
func (p property) iri() string {
	prefix, local, _ := strings.Cut(p.name, ":")
	return propertyPrefixes[prefix] + local
}

// values returns two values of the property's form.
func (p property) values() [2]term.Term {
	lit := func(a, b, datatype string) [2]term.Term {
		return [2]term.Term{term.NewLiteral(a, datatype), term.NewLiteral(b, datatype)}
	}
	switch p.form {
	case "iri":
		return [2]term.Term{term.NewIRI("http://ex.org/v/1"), term.NewIRI("http://ex.org/v/2")}
	case "email":
		return [2]term.Term{term.NewIRI("mailto:z@ex.org"), term.NewIRI("mailto:a@ex.org")}
	case "phone":
		return [2]term.Term{term.NewIRI("tel:+2"), term.NewIRI("tel:+1")}
	case "text", "name":
		return [2]term.Term{term.NewLangString("first", "en"), term.NewLangString("second", "fr")}
	case "string":
		return [2]term.Term{term.NewString("first"), term.NewString("second")}
	case "date":
		return lit("2024-01-02", "2024-01-03", vocab.XSDDate)
	case "number":
		return lit("1", "2", vocab.XSDNonNegativeInteger)
	case "decimal":
		return lit("1.5", "2.5", vocab.XSDDecimal)
	case "duration":
		return lit("P1D", "P2D", vocab.XSDNS+"duration")
	case "wkt":
		return lit("POINT(1 2)", "POINT(3 4)", vocab.GEOWktLiteral)
	case "hex":
		return lit("0a", "0b", vocab.XSDNS+"hexBinary")
	}
	return [2]term.Term{}
}

// leads is how a catalogue with one dataset comes to an instance of each class: a
// statement with %s for the instance, and the class it has in the document.
var leads = map[string]struct{ statement, class string }{
	"Catalog": {"", "dcat:Catalog"}, "Dataset": {"", "dcat:Dataset"}, "DatasetSeries": {"", "dcat:DatasetSeries"},
	"Distribution":    {"<http://ex.org/d> dcat:distribution %s", "dcat:Distribution"},
	"DataService":     {"%s dcat:servesDataset <http://ex.org/d>", "dcat:DataService"},
	"CatalogRecord":   {"%s foaf:primaryTopic <http://ex.org/d>", "dcat:CatalogRecord"},
	"Agent":           {"<http://ex.org/d> dct:publisher %s", "foaf:Agent"},
	"Concept":         {"<http://ex.org/d> dcat:theme %s", "skos:Concept"},
	"ConceptScheme":   {"<http://ex.org/c> dcat:themeTaxonomy %s", "skos:ConceptScheme"},
	"Kind":            {"<http://ex.org/d> dcat:contactPoint %s", "vcard:Kind"},
	"LicenseDocument": {"<http://ex.org/d> dct:license %s", "dct:LicenseDocument"},
	"Location":        {"<http://ex.org/d> dct:spatial %s", "dct:Location"},
	"PeriodOfTime":    {"<http://ex.org/d> dct:temporal %s", "dct:PeriodOfTime"},
	"Checksum":        {"<http://ex.org/r> spdx:checksum %s", "spdx:Checksum"},
	"Relationship":    {"<http://ex.org/d> dcat:qualifiedRelation %s", "dcat:Relationship"},
	"Attribution":     {"<http://ex.org/d> prov:qualifiedAttribution %s", "prov:Attribution"},
	"Identifier":      {"<http://ex.org/d> adms:identifier %s", "adms:Identifier"},
}

// TestProperties puts two values of every property of every class of the table into
// a catalogue, on an instance with an IRI and on a blank node, and finds both again:
// with the same property, on what the instance became.
func TestProperties(t *testing.T) {
	list := properties(t)
	if len(list) < 300 {
		t.Fatalf("%d properties, want at least 300", len(list))
	}
	byClass := map[string][]property{}
	for _, p := range list {
		byClass[p.class] = append(byClass[p.class], p)
	}
	for class, properties := range byClass {
		t.Run(class, func(t *testing.T) {
			subjects := []string{"<http://ex.org/x>", "_:x"}
			switch class {
			case "Catalog":
				subjects = []string{"<http://ex.org/c>"}
			case "Dataset", "DatasetSeries":
				subjects = []string{"<http://ex.org/d>"}
			}
			for _, subject := range subjects {
				for _, p := range properties {
					checkProperty(t, p, subject)
				}
			}
		})
	}
}

func checkProperty(t *testing.T, p property, subject string) {
	t.Helper()
	lead, ok := leads[p.class]
	if !ok {
		t.Fatalf("class %s: nothing says how a catalogue comes to it", p.class)
	}
	doc := "<http://ex.org/c> a dcat:Catalog ; dcat:dataset <http://ex.org/d> .\n" +
		"<http://ex.org/d> a dcat:Dataset ; dct:identifier \"d\" ; dcat:distribution <http://ex.org/r> .\n" +
		"<http://ex.org/r> a dcat:Distribution .\n" + subject + " a " + lead.class + " .\n"
	if lead.statement != "" {
		doc += fmt.Sprintf(lead.statement, subject) + " .\n"
	}
	for prefix, ns := range propertyPrefixes {
		doc = "@prefix " + prefix + ": <" + ns + "> .\n" + doc
	}
	values := p.values()
	if p.form == "distribution" {
		values = [2]term.Term{term.NewIRI("http://ex.org/r"), term.NewIRI("http://ex.org/r2")}
		doc += "<http://ex.org/r2> a dcat:Distribution .\n"
	}
	for _, v := range values {
		doc += subject + " <" + p.iri() + "> " + v.String() + " .\n"
	}
	got := gatherCatalog(t, doc)
	for _, v := range values {
		if !slices.ContainsFunc(got, func(tr term.Triple) bool {
			same := tr.Object == v || p.form == "distribution" && strings.HasPrefix(tr.Object.Value(),
				"https://data.example.tw/distribution/")
			switch { // the model has one property for each of these
			case p.form == "phone" && tr.Predicate.Value() == vocab.VCARDTel:
				return "tel:"+tr.Object.Value() == v.Value()
			case p.form == "name" && tr.Predicate.Value() == vocab.VCARDFn:
				return tr.Object == v
			}
			return tr.Predicate.Value() == p.iri() && same && becameOf(p.class, subject, tr.Subject.Value())
		}) {
			t.Errorf("%s %s %s of %s is lost in\n%v", p.class, p.name, v, subject, got)
		}
	}
}

// becameOf reports whether a subject is what the catalogue made of an instance.
func becameOf(class, subject, iri string) bool {
	switch class {
	case "Catalog":
		return iri == "https://data.example.tw/catalog/p"
	case "Dataset", "DatasetSeries":
		return strings.HasPrefix(iri, "https://data.example.tw/dataset/p/")
	case "Distribution":
		return strings.HasPrefix(iri, "https://data.example.tw/distribution/p/")
	}
	return subject == "<"+iri+">" || subject == "_:x" && strings.HasPrefix(iri, "https://data.example.tw/") &&
		strings.Contains(iri, "#")
}

// gatherCatalog returns what the kind dcat makes of a Turtle document.
func gatherCatalog(t *testing.T, doc string) (out []term.Triple) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/turtle")
		_, _ = w.Write([]byte(doc)) // the client may have gone
	}))
	defer srv.Close()
	s := newSession(t, Config{ID: "p", Kind: "dcat", URL: srv.URL + "/c.ttl",
		Policy: fetch.Policy{Robots: "ignore"}}, fetch.Options{AllowPrivate: true}, time.Time{})
	for r, err := range gatherDCAT(t.Context(), s) {
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if r.Dataset == nil {
			t.Fatalf("%v in\n%s", r.Problems, doc)
		}
		r.Dataset.Assign("https://data.example.tw/", "p", r.ID)
		out = append(out, r.Dataset.Triples()...)
		checkReadBack(t, r.Dataset)
	}
	c := s.Base.SourceCatalog("p")
	out = append(out, s.Found.Catalog...)
	self := &dcat.Dataset{IRI: c, Title: s.Found.Title, Description: s.Found.Description}
	return append(out, self.Triples()...)
}

// checkReadBack reads a record from its triples and writes it again: the same
// triples.
func checkReadBack(t *testing.T, d *dcat.Dataset) {
	t.Helper()
	want := d.Triples()
	got := dcat.NewGraph(want).Dataset(term.NewIRI(d.IRI)).Triples()
	beside := map[term.Term]bool{} // services and records that are about the dataset, and what they lead to
	for _, p := range []string{vocab.DCATServesDataset, vocab.FOAFPrimaryTopic} {
		for _, s := range dcat.NewGraph(want).Subjects(p) {
			beside[s] = true
		}
	}
	for _, tr := range want {
		if beside[tr.Subject] {
			continue
		}
		if !slices.Contains(got, tr) {
			t.Errorf("read back, %v is lost in\n%v", tr, got)
		}
	}
	for _, tr := range got {
		if !slices.Contains(want, tr) {
			t.Errorf("read back, there is %v of nowhere", tr)
		}
	}
}

// TestPropertyTable holds the table against the shapes of DCAT-AP and the vocabulary
// of DCAT: no property of theirs may be missing.
func TestPropertyTable(t *testing.T) {
	have := map[string]bool{}
	for _, p := range properties(t) {
		have[propertyPrefixes[strings.SplitN(leads[p.class].class, ":", 2)[0]]+p.class+" "+p.iri()] = true
		have[p.iri()] = true
	}
	said := func(p string) bool { // said by what is harvested, or led to from the other side
		return slices.Contains([]string{"dataset", "record", "servesDataset", "distribution", "isDistributionOf",
			"inCatalog"}, strings.TrimPrefix(p, vocab.DCATNS)) || p == vocab.FOAFPrimaryTopic
	}
	shapes := sharedGraph(t, "dcat/dcat-ap/3.0.1/shacl/dcat-ap-SHACL.ttl")
	n := 0
	for _, shape := range shapes.Subjects(vocab.SHTargetClass) {
		class := shapes.Value(shape, vocab.SHTargetClass)
		for _, p := range shapes.Objects(shape, vocab.SHProperty) {
			path := shapes.Value(p, vocab.SHPath)
			if n++; path != "" && !have[class+" "+path] && !said(path) {
				t.Errorf("DCAT-AP: %s of %s is not in the table", path, class)
			}
		}
	}
	terms := sharedGraph(t, "dcat/vocab/dcat3.ttl")
	for _, class := range []string{"ObjectProperty", "DatatypeProperty"} {
		for _, p := range terms.Instances(vocab.OWLNS + class) {
			if strings.HasPrefix(p.Value(), vocab.DCATNS) {
				if n++; !have[p.Value()] && !said(p.Value()) {
					t.Errorf("DCAT: %s is not in the table", p.Value())
				}
			}
		}
	}
	t.Logf("%d properties of the specifications", n)
}

func sharedGraph(t *testing.T, name string) *dcat.Graph {
	t.Helper()
	f, err := os.Open(w3ctest.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	quads, err := rdfio.ReadAll(t.Context(), f, rdfio.ReadOptions{Path: name, Base: "http://ex.org/"})
	if err != nil {
		t.Fatal(err)
	}
	g := dcat.EmptyGraph()
	for _, q := range quads {
		g.Add(q.Triple())
	}
	return g
}
