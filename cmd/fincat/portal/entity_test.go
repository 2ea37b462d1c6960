package portal

import (
	"strings"
	"testing"
)

// listed are entities, and datasets that name or identify them.
const listed = catalogue + `
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix schema: <https://schema.org/> .
<graph/code-list/companies> {
  <entity/stock-code/2838> a org:FormalOrganization, schema:Corporation ; skos:prefLabel "聯邦商業銀行股份有限公司"@zh-Hant-TW ;
    adms:identifier <entity/stock-code/2838#stock-code-2838> ; dct:isPartOf <code-list/companies> .
  <entity/stock-code/2838#stock-code-2838> a adms:Identifier ; dct:type <identifier/stock-code> ; skos:notation "2838" .
  <entity/isin/TW0002838000> a <https://spec.edmcouncil.org/fibo/ontology/FBC/FinancialInstruments/FinancialInstruments/Security> ;
    skos:prefLabel "聯邦銀"@zh-Hant-TW ; adms:identifier <entity/isin/TW0002838000#isin-TW0002838000> .
  <entity/isin/TW0002838000#isin-TW0002838000> a adms:Identifier ; dct:type <identifier/isin> ; skos:notation "TW0002838000" .
}
<graph/schemes2> {
  <identifier/stock-code> a skos:Concept ; skos:prefLabel "證券代號"@zh-Hant-TW ; skos:notation "stock-code" .
  <identifier/isin> a skos:Concept ; skos:prefLabel "ISIN"@zh-Hant-TW ; skos:notation "isin" .
}
<graph/entities> { <entity/isin/TW0002838000> fincat:issuer <entity/stock-code/2838> . }
<graph/entities/one/a> { <dataset/one/a> schema:about <entity/stock-code/2838> . }
<graph/columns/one/x> { <dataset/one/x> fincat:joinsOn <identifier/stock-code> . }
`

// TestEntityPage asks that an entity's page tells the datasets that name it from those
// whose columns identify by its codes, also those of its securities.
func TestEntityPage(t *testing.T) {
	h, _ := newPortalOf(t, listed)
	doc := page(t, h, "/entity/stock-code/2838")
	if got := strings.TrimSpace(doc.Find(".kind").First().Text()); got != "公司" {
		t.Errorf("the kind is %q", got)
	}
	identity := doc.Find("#identity li")
	if got := identity.Text(); identity.Length() != 2 || !strings.Contains(got, "證券代號 2838") ||
		!strings.Contains(got, "1 筆資料集") || !strings.Contains(got, "ISIN TW0002838000") {
		t.Errorf("identified by %q", got)
	}
	if doc.Find(`a[href="/dataset/one/a"]`).Length() != 1 || doc.Find(`a[href="/dataset/one/x"]`).Length() != 0 {
		t.Errorf("the page leads to other datasets than the one that names the company")
	}
	if doc.Find(`a[href="/entity/isin/TW0002838000"]`).Length() != 1 {
		t.Errorf("the page does not lead to the security")
	}
	doc = page(t, h, "/dataset/one/a")
	if doc.Find(`#entities a[href="/entity/stock-code/2838"]`).Length() != 1 || doc.Find("#identity").Length() != 0 {
		t.Errorf("the dataset's page does not lead to the company: %s", doc.Find("#entities").Text())
	}
	if page(t, h, "/dataset/one/x").Find("#entities").Length() != 0 {
		t.Errorf("a dataset that names nothing has a list of what it names")
	}
}
