package dcat

import (
	_ "embed" // for the directory's data
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

//go:embed organizations.json
var organizationsJSON []byte

// Organization is one entry of the directory of the financial data ecosystem:
// the commission, its bureaus, the peripheral institutions and the industry
// associations.
type Organization struct {
	ID            string     `json:"id"`
	NameZH        string     `json:"name_zh"`
	NameEN        string     `json:"name_en"`
	Abbreviation  string     `json:"abbreviation"`
	Aliases       []string   `json:"aliases"` // short names as titles use them
	Kind          string     `json:"kind"`    // commission, bureau, peripheral, association
	Sector        string     `json:"sector"`  // banking, securities-futures, insurance, cross-sector
	Website       string     `json:"website"`
	Hosts         []string   `json:"hosts"`
	Parent        string     `json:"parent"`     // organisation it is part of
	Supervisor    string     `json:"supervisor"` // organisation that supervises it
	OID           string     `json:"oid"`        // government object identifier
	DatasetPrefix string     `json:"dataset_prefix"`
	AgencyTID     int        `json:"agency_tid"` // number at data.gov.tw
	Endpoints     []Endpoint `json:"endpoints"`
}

// Endpoint is a live address from which an organisation serves open data.
type Endpoint struct {
	URL  string `json:"url"`
	Kind string `json:"kind"` // swagger, csv, xml, json, rss, html
	Note string `json:"note"`
}

// Directory holds the organisations and finds them by identifier, name or host.
type Directory struct {
	list   []Organization
	byID   map[string]int
	byName map[string]int
	byHost map[string]int
	roles  Roles
}

// NewDirectory returns the directory that comes with the program.
func NewDirectory() (*Directory, error) {
	d := &Directory{byID: map[string]int{}, byName: map[string]int{}, byHost: map[string]int{}}
	if err := json.Unmarshal(organizationsJSON, &d.list); err != nil {
		return nil, fmt.Errorf("read the organisation directory: %w", err)
	}
	for i, o := range d.list {
		d.byID[o.ID] = i
		for _, n := range append([]string{o.NameZH, o.NameEN, o.Abbreviation, o.OID}, o.Aliases...) {
			if n != "" {
				d.byName[nameKey(n)] = i
			}
		}
		for _, h := range o.Hosts {
			d.byHost[strings.ToLower(h)] = i
		}
	}
	return d, nil
}

// nameKey makes names comparable: no blanks, lower case, 臺 for 台.
func nameKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '　':
			return -1
		case r == '台':
			return '臺'
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func (d *Directory) find(m map[string]int, key string) (Organization, bool) {
	i, ok := m[key]
	if !ok {
		return Organization{}, false
	}
	return d.list[i], true
}

// All returns the organisations in the directory's order.
func (d *Directory) All() []Organization { return slices.Clone(d.list) }

// ByID returns the organisation with this identifier, such as "twse".
func (d *Directory) ByID(id string) (Organization, bool) { return d.find(d.byID, id) }

// ByName returns the organisation with this Chinese or English name,
// abbreviation, short name or object identifier; 台 and 臺 count as the same.
func (d *Directory) ByName(name string) (Organization, bool) { return d.find(d.byName, nameKey(name)) }

// ByHost returns the organisation that runs the host of an address.
func (d *Directory) ByHost(address string) (Organization, bool) {
	iri, _ := EncodeIRI(address)
	u, err := url.Parse(iri)
	if err != nil {
		return Organization{}, false
	}
	return d.find(d.byHost, strings.ToLower(u.Hostname()))
}

// Agent returns the organisation as an agent of the catalogue with this base.
func (o Organization) Agent(b Base) Agent { return Agent{IRI: b.Org(o.ID)} }

// Triples returns the directory in terms of the Organization Ontology.
func (d *Directory) Triples(b Base) []term.Triple {
	s := &sink{}
	for _, o := range d.list {
		s.at(b.Org(o.ID), func(s *sink) { o.add(s, b) })
	}
	d.addRoles(s, b)
	s.out = append(s.out, Types(func(string) bool { return false }, s.out)...)
	return sorted(s.out)
}

func (o Organization) add(s *sink, b Base) {
	s.a(vocab.FOAFAgent)
	s.a(vocab.FOAFOrganization)
	if o.Kind == "bureau" {
		s.a(vocab.ORGOrganizationalUnit)
	} else {
		s.a(vocab.ORGFormalOrganization)
	}
	names := []Text{ZH(o.NameZH), {o.NameEN, "en"}}
	s.text(vocab.SKOSPrefLabel, names...)
	s.str(vocab.FOAFName, o.NameZH) // one name without a language, as DCAT-US asks for
	s.link(vocab.DCTType, AgentType(o.NameZH))
	s.text(vocab.SKOSAltLabel, append(Texts(o.Aliases...), Text{o.Abbreviation, "en"})...)
	s.str(vocab.DCTIdentifier, o.ID)
	s.str(vocab.ORGIdentifier, o.OID)
	o.identifiers(s, b.Org(o.ID))
	s.link(vocab.ORGClassification, b.OrgKind(o.Kind))
	s.link(vocab.FincatSector, b.Sector(o.Sector))
	if o.Website != "" {
		s.link(vocab.FOAFHomepage, o.Website)
		s.at(o.Website, func(s *sink) { s.text(vocab.DCTTitle, names...) })
	}
	for _, h := range o.Hosts {
		s.str(vocab.FincatHost, h)
	}
	if o.Parent != "" {
		s.link(vocab.ORGSubOrganizationOf, b.Org(o.Parent))
	}
	if o.Supervisor != "" {
		s.link(vocab.FincatSupervisor, b.Org(o.Supervisor))
	}
	if o.OID != "" {
		s.link(vocab.OWLSameAs, "urn:oid:"+o.OID)
	}
}
