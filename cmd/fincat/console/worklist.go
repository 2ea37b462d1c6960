package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/quality"
	"fincat/harvest/quality/words"
)

// workRow is a dataset that fails one indicator only.
type workRow struct {
	Title, Href, Owner, Indicator, Badge, Why, ToDo string

	iri, rule string
}

// ownerCount is how many such datasets somebody has.
type ownerCount struct {
	Text, Href string
	N          int
	Current    bool
}

const (
	workShown  = 50
	maxWork    = 5000 // datasets that are listed
	maxWorkers = 200  // owners that are listed
)

// workView is the page of the worklist.
type workView struct {
	page
	Owners, Indicators []ownerCount
	Owner, Indicator   string // only the datasets of this one, and that fail this one
	Rows               []workRow
	Checked, Total     int
	Older, Newer       string
}

// worklist lists the datasets that fail one indicator of seven: with one thing mended each of
// them passes them all.
func (c *Console) worklist(v *view) error {
	rules, err := quality.NewRules()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	data := &workView{page: v.page("worklist"), Owner: q.Get("owner"), Indicator: q.Get("indicator")}
	all, err := c.work(v, data, rules)
	if err == nil {
		err = c.owners(v.r, data.L.Param, all)
	}
	if err != nil {
		return err
	}
	skip := pageOf(v.r) * workShown
	owners, indicators := map[string]int{}, map[string]int{}
	for _, row := range all {
		owners[row.Owner]++
		indicators[row.rule]++
		if data.Owner != "" && row.Owner != data.Owner || data.Indicator != "" && row.rule != data.Indicator {
			continue
		}
		if data.Total++; data.Total > skip && len(data.Rows) < workShown {
			data.Rows = append(data.Rows, row)
		}
	}
	if err := c.name(v, data); err != nil {
		return err
	}
	data.count(owners, indicators, rules)
	if data.Total > skip+len(data.Rows) {
		data.Older = v.turned(pageOf(v.r) + 1)
	}
	if skip > 0 {
		data.Newer = v.turned(pageOf(v.r) - 1)
	}
	return v.show("console-worklist", data)
}

// The queries of the worklist: how many datasets were checked, which of them fail one thing
// only, and what those are called that stand in the place of %s.
const (
	qualityPrefixes = `PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dqv: <http://www.w3.org/ns/dqv#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX fincat: <https://w3id.org/fincat/ns#>
`
	checkedQuery = qualityPrefixes + `SELECT (COUNT(?b) AS ?n) {
  ?metric skos:notation "badge" . ?b dqv:isMeasurementOf ?metric . ?d dqv:hasQualityMeasurement ?b
}`
	workQuery = qualityPrefixes + `SELECT ?d (MIN(?id) AS ?rule) (MIN(?reason) AS ?why) {
  ?m dqv:value "fail" . ?d dqv:hasQualityMeasurement ?m .
  ?m dqv:isMeasurementOf ?metric ; fincat:reason ?reason . ?metric skos:notation ?id
} GROUP BY ?d HAVING (COUNT(?m) = 1) ORDER BY ?d LIMIT %d`
	namedQuery = qualityPrefixes + `SELECT ?d (MIN(?name) AS ?title) (MIN(?value) AS ?badge) {
  VALUES ?d { %s } ?d dct:title ?name ; dqv:hasQualityMeasurement ?b .
  ?b dqv:isMeasurementOf ?metric ; dqv:value ?value . ?metric skos:notation "badge"
} GROUP BY ?d`
)

// work asks which datasets are on the list: the store finds them by what the checks have
// written there, so that nobody reads all results.
func (c *Console) work(v *view, data *workView, rules *quality.Rules) (all []workRow, err error) {
	err = c.query(v.r, checkedQuery, func(b binding) { data.Checked, _ = strconv.Atoi(b["n"].Value) })
	if err != nil {
		return nil, err
	}
	err = c.query(v.r, fmt.Sprintf(workQuery, maxWork), func(b binding) {
		at := slices.IndexFunc(rules.Indicators, func(x quality.IndicatorRule) bool { return x.ID == b["rule"].Value })
		if at < 0 {
			return
		}
		rule, iri := rules.Indicators[at], b["d"].Value
		row := workRow{iri: iri, rule: rule.ID, Title: iri, Href: c.local(iri), Owner: "–", Indicator: rule.EN,
			ToDo: rule.ToDoEN, Why: b["why"].Value}
		if data.L.Param == "zh" {
			row.Indicator, row.ToDo = rule.ZH, rule.ToDoZH
		}
		all = append(all, row)
	})
	return all, err
}

// name fills in what the datasets of a page are called, and the reasons in its language.
func (c *Console) name(v *view, data *workView) error {
	table, err := words.New()
	if err != nil {
		return err
	}
	var names []string
	for i := range data.Rows {
		names = append(names, data.Rows[i].iri)
		if data.L.Param == "zh" {
			data.Rows[i].Why = table.Chinese(data.Rows[i].Why)
		}
	}
	return c.ask(v.r, namedQuery, names, func(b binding) {
		for i := range data.Rows {
			if row := &data.Rows[i]; row.iri == b["d"].Value {
				row.Title, row.Badge = b["title"].Value, b["badge"].Value
			}
		}
	})
}

// count lists the owners, those with most first, and the indicators.
func (data *workView) count(owners, indicators map[string]int, rules *quality.Rules) {
	for name, n := range owners {
		data.Owners = append(data.Owners, ownerCount{name,
			data.withQuery("/console/worklist", "owner", name, "indicator", data.Indicator), n, name == data.Owner})
	}
	slices.SortFunc(data.Owners, func(a, b ownerCount) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Text, b.Text)) })
	data.Owners = data.Owners[:min(len(data.Owners), maxWorkers)]
	for _, rule := range rules.Indicators {
		n, text := indicators[rule.ID], rule.EN
		if data.L.Param == "zh" {
			text = rule.ZH
		}
		if n > 0 {
			data.Indicators = append(data.Indicators, ownerCount{text,
				data.withQuery("/console/worklist", "owner", data.Owner, "indicator", rule.ID), n,
				rule.ID == data.Indicator})
		}
	}
}

// ownersQuery asks for the names of who makes the datasets that stand in the place of %s, else of
// who publishes them.
const ownersQuery = `PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?d ?rank ?name {
  VALUES ?d { %s }
  { ?d dct:creator ?x . BIND(0 AS ?rank) } UNION { ?d dct:publisher ?x . BIND(1 AS ?rank) }
  ?x skos:prefLabel|foaf:name ?name
} ORDER BY ?d ?rank ?name`

// owners fills in who owns datasets, in the language of the page where there is a name in it.
func (c *Console) owners(r *http.Request, lang string, rows []workRow) error {
	var names []string
	for _, row := range rows {
		names = append(names, row.iri)
	}
	best, found := map[string]int{}, map[string]string{}
	err := c.ask(r, ownersQuery, names, func(b binding) {
		rank := 0
		if b["rank"].Value != "0" {
			rank = 2
		}
		if !strings.HasPrefix(b["name"].Lang, lang) {
			rank++
		}
		d := b["d"].Value
		if now, ok := best[d]; !ok || rank < now {
			best[d], found[d] = rank, b["name"].Value
		}
	})
	for i := range rows {
		rows[i].Owner = cmp.Or(found[rows[i].iri], rows[i].Owner)
	}
	return err
}
