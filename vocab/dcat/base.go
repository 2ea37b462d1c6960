package dcat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// Base is the IRI under which a catalogue mints its own IRIs; it ends with a
// slash. Its methods are the only place where such IRIs are formed.
type Base string

// Dataset returns the IRI of a record's DCAT dataset.
func (b Base) Dataset(source, id string) string { return in(b, "dataset", source, id) }

// Named returns the IRI of a dataset of a catalogue that a person names by it, or as
// source/identifier.
func Named(b Base, dataset string) string {
	if strings.Contains(dataset, "://") {
		return dataset
	}
	return string(b) + "dataset/" + dataset
}

// CheckNamed reports that a person names no dataset of a catalogue. Without a base, which is
// not known yet, every address may be one.
func CheckNamed(b Base, dataset string) error {
	path, ok := strings.CutPrefix(dataset, string(b)+"dataset/")
	switch _, address, isAddress := strings.Cut(dataset, "://"); {
	case isAddress && b == "":
		_, path, ok = strings.Cut(address, "/dataset/")
	case !isAddress:
		path, ok = dataset, true
	}
	source, id, both := strings.Cut(path, "/")
	if !ok || !both || source == "" || id == "" || strings.ContainsAny(path, " \t\r\n<>\"{}|\\^`") {
		return fmt.Errorf("%.200q is no dataset of this catalogue: write source/identifier, such as twse/123, or its "+
			"IRI, such as %s", dataset, cmp.Or(b, "https://data.example.tw/").Dataset("twse", "123"))
	}
	return nil
}

// Record returns the IRI of the dcat:CatalogRecord of a dataset.
func (b Base) Record(source, id string) string { return in(b, "record", source, id) }

// Distribution returns the IRI of the distribution of a dataset that is known
// by key there.
func (b Base) Distribution(source, id, key string) string {
	return in(b, "distribution", source, id) + "/" + Segment(key)
}

// Graph returns the name of the graph that holds one record.
func (b Base) Graph(source, id string) string { return in(b, "graph", source, id) }

// ownSuffix begins with a character that no path segment has: no other graph is named so.
const ownSuffix = "#own"

// OwnGraph returns the name of the graph beside that of a record which holds what the
// catalogue itself states of the record's content.
func OwnGraph(graph string) string { return graph + ownSuffix }

// OwnGraphOf returns the name of the record's graph that an own graph stands beside;
// not ok when the graph is no own graph.
func OwnGraphOf(own string) (graph string, ok bool) { return strings.CutSuffix(own, ownSuffix) }

// Service returns the IRI of a source's data service.
func (b Base) Service(source string) string { return string(b) + "service/" + source }

// SourceCatalog returns the IRI of the catalogue of one source's records.
func (b Base) SourceCatalog(source string) string { return string(b) + "catalog/" + source }

// SourceGraph returns the name of the graph that describes a source: its
// catalogue and data service.
func (b Base) SourceGraph(source string) string { return string(b) + "graph/catalog/" + source }

// Catalog returns the IRI of the whole catalogue.
func (b Base) Catalog() string { return string(b) + "catalog" }

// CatalogGraph returns the name of the graph that describes the catalogue.
func (b Base) CatalogGraph() string { return string(b) + "graph/catalog" }

// Agent returns the IRI of an agent of whom only the name is known.
func (b Base) Agent(name string) string { return string(b) + "agent/" + Segment(name) }

// Run returns the IRI of a harvest run.
func (b Base) Run(id string) string { return string(b) + "run/" + id }

// RunGraph returns the name of the graph that describes a run.
func (b Base) RunGraph(id string) string { return string(b) + "graph/run/" + id }

// Org returns the IRI of an organisation of the directory.
func (b Base) Org(id string) string { return string(b) + "org/" + Segment(id) }

// OrgGraph returns the name of the graph that holds the directory.
func (b Base) OrgGraph() string { return string(b) + "graph/org" }

// Void returns the IRI of all data of the catalogue as VoID describes them.
func (b Base) Void() string { return string(b) + ".well-known/void#dataset" }

// VoidGraph returns the name of the graph that describes classes and their properties.
func (b Base) VoidGraph() string { return string(b) + "graph/void" }

// Example returns the IRI of an example of a query.
func (b Base) Example(name string) string { return string(b) + "example/" + name }

// ExamplesGraph returns the name of the graph that holds the examples of queries.
func (b Base) ExamplesGraph() string { return string(b) + "graph/examples" }

// SchemesGraph returns the name of the graph that holds the concept schemes.
func (b Base) SchemesGraph() string { return string(b) + "graph/schemes" }

// Theme returns the IRI of a service category (服務分類).
func (b Base) Theme(code string) string { return string(b) + "theme/" + code }

// Scheme returns the IRI of a concept scheme such as "theme".
func (b Base) Scheme(name string) string { return string(b) + "scheme/" + name }

// Columns returns the IRI of the schema of a dataset's table; path is what follows
// dataset/ in the dataset's IRI.
func (b Base) Columns(path string) string { return string(b) + "columns/" + path }

// ColumnsGraph returns the name of the graph that describes the columns of a dataset.
func (b Base) ColumnsGraph(path string) string { return string(b) + "graph/columns/" + path }

// Identifier returns the IRI of the concept that columns identify, such as "tax-id".
func (b Base) Identifier(code string) string { return string(b) + "identifier/" + code }

// Entities begins the IRIs of entities.
func (b Base) Entities() string { return string(b) + "entity/" }

// Entity returns the IRI of an entity by one of its identifiers, such as "2330" as
// "stock-code".
func (b Base) Entity(kind, value string) string { return b.Entities() + kind + "/" + Segment(value) }

// CodeList returns the IRI of a code list.
func (b Base) CodeList(id string) string { return string(b) + "code-list/" + id }

// CodeListGraph returns the name of the graph with the entities of a code list.
func (b Base) CodeListGraph(id string) string { return string(b) + "graph/code-list/" + id }

// EntitiesGraph returns the name of the graph that says which entities a dataset names;
// path is what follows dataset/ in its IRI. Without a path it begins the names of all of
// them.
func (b Base) EntitiesGraph(path string) string { return string(b) + "graph/entities/" + path }

// RelationsGraph returns the name of the graph that links entities to each other.
func (b Base) RelationsGraph() string { return string(b) + "graph/entities" }

// CoverageGraph returns the name of the graph with the counts of a quarter.
func (b Base) CoverageGraph(quarter string) string { return string(b) + "graph/coverage/" + quarter }

// Series returns the IRI of a series of datasets.
func (b Base) Series(id string) string { return string(b) + "series/" + id }

// SeriesGraph returns the name of the graph of a series.
func (b Base) SeriesGraph(id string) string { return string(b) + "graph/series/" + id }

// Metric returns the IRI of what a quality measurement measures, such as "link".
func (b Base) Metric(name string) string { return string(b) + "metric/" + name }

// QualityDimension returns the IRI of a dimension of quality, such as "direct".
func (b Base) QualityDimension(name string) string { return string(b) + "quality-dimension/" + name }

// Sector returns the IRI of a sector of the financial market.
func (b Base) Sector(code string) string { return string(b) + "sector/" + code }

// OrgKind returns the IRI of a kind of organisation.
func (b Base) OrgKind(code string) string { return string(b) + "orgkind/" + code }

// OrgRole returns the IRI of a role that organisations have.
func (b Base) OrgRole(code string) string { return string(b) + "orgrole/" + code }

// reserved are the words after graph/ that name graphs of the catalogue itself, so that
// no source has one of them for its identifier.
var reserved = []string{
	"run", "catalog", "org", "schemes", "problems", "pages", "link", "decision", "columns", "quality",
	"code-list", "entities", "coverage", "series", "void", "examples", "saved", "standards",
}

// Reserved reports whether no source can have an identifier, because graphs of the
// catalogue itself have such names.
func Reserved(source string) bool { return slices.Contains(reserved, source) }

// DatasetOf returns the IRI of the dataset that a record's graph is about, and its source;
// not ok when the graph is none of a record.
func (b Base) DatasetOf(graph string) (dataset, source string, ok bool) {
	rest, ok := strings.CutPrefix(graph, string(b)+"graph/")
	if !ok {
		return "", "", false
	}
	source, id, ok := strings.Cut(rest, "/")
	if _, own := OwnGraphOf(rest); own || !ok || id == "" || Reserved(source) {
		return "", "", false
	}
	return string(b) + "dataset/" + rest, source, true
}

func in(b Base, what, source, id string) string {
	return string(b) + what + "/" + source + "/" + Segment(id)
}

const maxSegment = 80 // bytes of an identifier that stay readable in an IRI

// Segment makes one IRI path segment of a source's identifier. Letters, digits
// and "-._" stay, a slash becomes "~"; when anything else had to be replaced or
// the identifier is long, a hash of the identifier is added, so that different
// identifiers never share a segment. Of an address only the end stays readable.
func Segment(id string) string {
	s := strings.Trim(id, "/")
	exact := s == id || "/"+s == id
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		s, exact = s[strings.LastIndexByte(s, '/')+1:], false
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('~')
		default:
			exact = false
			if n := b.Len(); n > 0 && b.String()[n-1] != '~' {
				b.WriteByte('~')
			}
		}
	}
	out := b.String()
	if len(out) > maxSegment {
		out, exact = out[len(out)-maxSegment:], false
	}
	if exact && strings.Trim(out, ".") != "" {
		return out
	}
	return strings.TrimLeft(strings.Trim(out, "~.")+fmt.Sprintf("-%012x", xxh3.HashString(id)>>16), "-")
}
