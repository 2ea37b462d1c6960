package dcat

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
)

// Roles say who does what in the opening of data beside what an organisation is. They
// are configured, because they are given and taken back by decisions.
type Roles struct {
	// Coordinating are the coordinating units (協調整合單位) of each sector, by
	// identifier of the directory.
	Coordinating map[string][]string `yaml:"coordinating"`
	// Groups are the members of the commission's groups: advisory-group (資料開放諮詢小組)
	// and working-group (工作小組).
	Groups map[string][]string `yaml:"groups"`
}

// groups are the groups of the commission.
var groups = []concept{
	{"advisory-group", "金融監督管理委員會資料開放諮詢小組", "Open Data Advisory Group, FSC"},
	{"working-group", "金融監督管理委員會資料開放工作小組", "Open Data Working Group, FSC"},
}

// groupKinds are what groups are, as kinds of organisation.
var groupKinds = []concept{
	{"advisory-group", "諮詢小組", "Advisory group"}, {"working-group", "工作小組", "Working group"},
}

// roles are the concepts of what organisations do in the opening of data.
var roles = []concept{
	{"bureau", "所屬機關", "Bureau of the commission"}, {"peripheral", "周邊機構", "Peripheral institution"},
	{"association", "公會", "Industry association"}, {"coordinating-unit", "協調整合單位", "Coordinating unit"},
	{"advisory-group", "諮詢小組成員", "Member of the advisory group"},
	{"working-group", "工作小組成員", "Member of the working group"},
}

// Check reports a sector, group or organisation that is unknown: what is written, in
// which setting, and what there is.
func (r Roles) Check(d *Directory, bad func(err error, path ...string)) {
	check := func(setting, what string, known []concept, values map[string][]string) {
		var codes []string
		for _, c := range known {
			codes = append(codes, c.code)
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if !slices.Contains(codes, key) {
				bad(fmt.Errorf("organisations: %s: there is no %s %.80q: use one of %s", setting, what, key,
					strings.Join(codes, ", ")), "organisations", setting, key)
			}
			for _, id := range values[key] {
				if _, ok := d.ByID(id); !ok {
					bad(fmt.Errorf("organisations: %s: %s: %.80q is not in the organisation directory: use an id "+
						"of it, such as twse", setting, key, id), "organisations", setting, key)
				}
			}
		}
	}
	check("coordinating", "sector", sectors, r.Coordinating)
	check("groups", "group", groups, r.Groups)
}

// WithRoles returns the directory with roles that [Directory.Triples] states.
func (d *Directory) WithRoles(r Roles) *Directory {
	out := *d
	out.roles = r
	return &out
}

// membership says that an organisation has a role in another one (Organization
// Ontology, Membership), for a sector or for all.
func (s *sink) membership(b Base, member, organization, role, sector string) {
	m := b.Org(member) + "#" + strings.Trim(role+"-"+sector, "-")
	s.at(b.Org(member), func(s *sink) { s.link(vocab.ORGHasMembership, m) })
	s.at(m, func(s *sink) {
		s.a(vocab.ORGMembership)
		s.link(vocab.ORGMember, b.Org(member))
		s.link(vocab.ORGOrganizationProperty, b.Org(organization))
		s.link(vocab.ORGRoleProperty, b.OrgRole(role))
		if sector != "" {
			s.link(vocab.FincatSector, b.Sector(sector))
		}
	})
}

// addRoles adds the groups, and the roles of all organisations: those that follow from
// their kinds, and those that are configured.
func (d *Directory) addRoles(s *sink, b Base) {
	for _, g := range groups {
		s.at(b.Org(g.code), func(s *sink) {
			s.a(vocab.ORGOrganizationalUnit)
			s.text(vocab.SKOSPrefLabel, ZH(g.zh), Text{g.en, "en"})
			s.str(vocab.DCTIdentifier, g.code)
			s.link(vocab.ORGUnitOf, b.Org(commission))
			s.link(vocab.ORGClassification, b.OrgKind(g.code))
		})
		for _, id := range d.roles.Groups[g.code] {
			s.membership(b, id, g.code, g.code, "")
		}
	}
	for _, o := range d.list {
		if o.ID != commission {
			s.membership(b, o.ID, commission, o.Kind, "")
		}
	}
	for sector, units := range d.roles.Coordinating {
		for _, id := range units {
			s.membership(b, id, commission, "coordinating-unit", sector)
		}
	}
}

// commission is the identifier of the commission, in which the others have roles.
const commission = "fsc"

// identifiers adds the agency code and the portal's number of an organisation. Its
// object identifier is org:identifier.
func (o Organization) identifiers(s *sink, iri string) {
	for _, x := range []struct{ name, value, agency string }{
		{"agency-code", o.DatasetPrefix, "機關代碼"}, {"portal-number", tid(o.AgencyTID), "data.gov.tw"}} {
		if x.value == "" {
			continue
		}
		s.link(vocab.ADMSIdentifierProperty, iri+"#"+x.name)
		s.at(iri+"#"+x.name, func(s *sink) {
			s.a(vocab.ADMSIdentifier)
			s.str(vocab.SKOSNotation, x.value)
			s.str(vocab.ADMSSchemaAgency, x.agency)
		})
	}
}

func tid(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
