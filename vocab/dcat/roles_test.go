package dcat

import (
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TestRoles checks that every organisation but the commission has a role in it, that
// roles have labels in both languages, and that configured ones are stated.
func TestRoles(t *testing.T) {
	const b = Base("https://data.example.tw/")
	d, err := NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	d = d.WithRoles(Roles{Coordinating: map[string][]string{"banking": {"jcic"}, "insurance": {"tii", "lia"}},
		Groups: map[string][]string{"advisory-group": {"fsc"}, "working-group": {"banking-bureau"}}})
	g, schemes := NewGraph(d.Triples(b)), NewGraph(Schemes(b))
	got := map[string]int{}
	for _, m := range g.Instances(vocab.ORGMembership) {
		role := g.Objects(m, vocab.ORGRoleProperty)
		if len(role) != 1 || len(schemes.Objects(role[0], vocab.SKOSPrefLabel)) != 2 ||
			!slices.Contains(schemes.Objects(role[0], vocab.RDFType), term.NewIRI(vocab.ORGRole)) {
			t.Errorf("%s has the role %v", m, role)
		}
		member := g.Value(m, vocab.ORGMember)
		if !slices.Contains(g.Objects(term.NewIRI(member), vocab.ORGHasMembership), m) {
			t.Errorf("%s does not lead to %s", member, m)
		}
		key := []string{strings.TrimPrefix(role[0].Value(), b.OrgRole(""))}
		if sector := g.Value(m, vocab.FincatSector); sector != "" {
			key = append(key, strings.TrimPrefix(sector, b.Sector("")), strings.TrimPrefix(member, string(b)+"org/"))
		}
		got[strings.Join(key, " ")]++
	}
	for key, n := range map[string]int{"bureau": 4, "peripheral": 17, "association": 11, "advisory-group": 1,
		"working-group": 1, "coordinating-unit banking jcic": 1, "coordinating-unit insurance tii": 1,
		"coordinating-unit insurance lia": 1} {
		if got[key] != n {
			t.Errorf("%d memberships %q, want %d", got[key], key, n)
		}
	}
	if len(got) != 8 {
		t.Errorf("memberships: %v", got)
	}
	if _, ok := d.ByID("twse"); !ok {
		t.Error("the directory lost an organisation")
	}
	sfb := term.NewIRI(b.Org("securities-futures-bureau"))
	var codes []string
	for _, id := range g.Objects(sfb, vocab.ADMSIdentifierProperty) {
		codes = append(codes, g.Value(id, vocab.SKOSNotation))
	}
	if slices.Sort(codes); !slices.Equal(codes, []string{"712", "A45020000D"}) ||
		g.Value(sfb, vocab.ORGIdentifier) != "2.16.886.101.20003.20052.20004" || g.Value(sfb, vocab.FincatHost) == "" {
		t.Errorf("the bureau's identifiers are %v", codes)
	}
}
