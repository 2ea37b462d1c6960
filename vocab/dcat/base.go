package dcat

import (
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"
)

// Base is the IRI under which a catalogue mints its own IRIs; it ends with a
// slash. Its methods are the only place where such IRIs are formed.
type Base string

// Dataset returns the IRI of a record's DCAT dataset.
func (b Base) Dataset(source, id string) string { return b.in("dataset", source, id) }

// Record returns the IRI of the dcat:CatalogRecord of a dataset.
func (b Base) Record(source, id string) string { return b.in("record", source, id) }

// Distribution returns the IRI of a dataset's n-th distribution, counted from 1.
func (b Base) Distribution(source, id string, n int) string {
	return fmt.Sprintf("%s/%d", b.in("distribution", source, id), n)
}

// Graph returns the name of the graph that holds one record.
func (b Base) Graph(source, id string) string { return b.in("graph", source, id) }

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

// SchemesGraph returns the name of the graph that holds the concept schemes.
func (b Base) SchemesGraph() string { return string(b) + "graph/schemes" }

// Theme returns the IRI of a service category (服務分類).
func (b Base) Theme(code string) string { return string(b) + "theme/" + code }

// Scheme returns the IRI of a concept scheme such as "theme".
func (b Base) Scheme(name string) string { return string(b) + "scheme/" + name }

// Sector returns the IRI of a sector of the financial market.
func (b Base) Sector(code string) string { return string(b) + "sector/" + code }

// OrgKind returns the IRI of a kind of organisation.
func (b Base) OrgKind(code string) string { return string(b) + "orgkind/" + code }

func (b Base) in(what, source, id string) string {
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
