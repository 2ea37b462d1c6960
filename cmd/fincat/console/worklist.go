package console

import (
	"cmp"
	"io"
	"net/http"
	"slices"
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
	if err != nil && !isFault(err, http.StatusUnprocessableEntity) {
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
	data.count(owners, indicators, rules)
	if data.Total > skip+len(data.Rows) {
		data.Older = v.turned(pageOf(v.r) + 1)
	}
	if skip > 0 {
		data.Newer = v.turned(pageOf(v.r) - 1)
	}
	return v.show("console-worklist", data)
}

// work reads the results of the checks, and returns what is on the list.
func (c *Console) work(v *view, data *workView, rules *quality.Rules) (all []workRow, err error) {
	table, err := words.New()
	if err != nil {
		return nil, err
	}
	list := call{method: http.MethodGet, path: "/admin/quality"}
	err = c.stream(v.r, list, func(in io.Reader) error {
		return array(in, func(r quality.Result) error {
			data.Checked++
			rule := onlyFailure(rules, &r)
			if rule == nil {
				return nil
			}
			row := workRow{iri: r.Dataset, rule: rule.ID, Title: cmp.Or(r.Title, r.Identifier),
				Href: c.local(r.Dataset), Owner: cmp.Or(r.Publisher, r.Source), Indicator: rule.EN, Badge: r.Badge,
				Why: r.Indicators[rule.ID].Why, ToDo: rule.ToDoEN}
			if data.L.Param == "zh" {
				row.Indicator, row.ToDo, row.Why = rule.ZH, rule.ToDoZH, table.Chinese(row.Why)
			}
			if all = append(all, row); len(all) >= maxWork {
				return errEnough
			}
			return nil
		})
	})
	return all, err
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

// onlyFailure returns the indicator that a dataset fails if it fails one only.
func onlyFailure(rules *quality.Rules, r *quality.Result) (found *quality.IndicatorRule) {
	for i := range rules.Indicators {
		if r.Indicators[rules.Indicators[i].ID].Is != quality.Fail {
			continue
		}
		if found != nil {
			return nil
		}
		found = &rules.Indicators[i]
	}
	return found
}
