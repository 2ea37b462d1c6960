package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fincat/cmd/fincat/memento"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	maxVersions  = 20  // of a dataset on its page
	shownChanges = 500 // of a difference on its page
)

// versions are the versions of a dataset, the newest first.
type versions struct {
	IRI, Path   string
	First       string // of what is kept, for people
	FirstAt     string // for addresses
	FirstHref   string
	Rows        []version
	More        string // the address of those that are older
	Lang        string
	Day, Oldest string // for the field of a date
}

// version is one of them.
type version struct {
	Shown, At, Href, Diff string
	By                    value
	Current               bool
}

// versionsOf lists the newest versions of a dataset, nil for whatever is none.
func versionsOf(p *Portal, rd *reader, iri string) (*versions, error) {
	if p.Mementos == nil || !strings.HasPrefix(iri, rd.base+"dataset/") {
		return nil, nil
	}
	sn, err := p.Store.Snapshot() // also those after the time that the page is about
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	list, first, err := p.Mementos.Recent(rd.ctx, sn, iri, maxVersions)
	if err != nil || first.Seq == 0 {
		return nil, err
	}
	path := "/" + strings.TrimPrefix(iri, rd.base)
	v := &versions{IRI: iri, Path: path, First: moment.Show(first.Time), FirstAt: moment.Format(first.Time),
		Lang: rd.f.Lang}
	v.Oldest, v.Day = v.First[:len("2006-01-02")], moment.Show(sn.Time())[:len("2006-01-02")]
	now := rd.f
	now.at = ""
	v.FirstHref = now.with(path, url.Values{"at": {v.FirstAt}})
	for i, x := range list.List {
		at := moment.Format(x.Time)
		row := version{Shown: moment.Show(x.Time), At: at, By: by(rd, x),
			Href:    now.with(path, url.Values{"at": {at}}),
			Current: rd.sn.Seq() >= x.Seq && (i == 0 || rd.sn.Seq() < list.List[i-1].Seq)}
		if t, ok := p.Store.Past().Time(x.Seq - 1); ok && x.Seq > first.Seq {
			row.Diff = now.with("/diff", url.Values{"from": {moment.Format(t)}, "to": {at}, "dataset": {iri}})
		}
		v.Rows = append(v.Rows, row)
	}
	if list.Next > 0 {
		v.More = "/timemap/link" + path
	}
	return v, nil
}

// by tells who or what made a version.
func by(rd *reader, x memento.Version) value {
	switch n := x.Note; {
	case n.Run != "":
		v := rd.raw(term.NewIRI(dcat.Base(rd.base).Run(n.Run)))
		v.Note = n.Author
		return v
	case n.Author != "":
		return value{Text: n.Author}
	case n.Follower != "":
		return value{Text: n.Follower}
	}
	return value{}
}

type diffPage struct {
	frame
	From, To, Dataset, Source string
	Problem                   string
	About                     *value
	Added, Removed            int
	Rows                      []changeRow
	Status                    []string
	Cut                       bool
}

type changeRow struct {
	Is, Text, Property string
	Subject, Object    value
}

// diff shows what changed between two times; others than browsers get it as CSV or RDF Patch.
func diff(p *Portal, w http.ResponseWriter, r *http.Request) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	chosen, _ := rdfio.Negotiate(accept, append([]string{"text/html"}, memento.DiffTypes()...)...)
	if accept == "" || chosen != "text/html" || strings.HasPrefix(accept, "*/*") {
		p.Mementos.Diff(w, r)
		return
	}
	w.Header().Add("Vary", "Accept")
	sn, err := p.Store.Snapshot()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	q := r.URL.Query()
	page := &diffPage{frame: p.frame(r, sn, ""), From: q.Get("from"), To: q.Get("to"), Dataset: q.Get("dataset"),
		Source: q.Get("source")}
	page.Title = page.L.T("diff")
	status := http.StatusOK
	if len(q) > 0 && (len(q) > 1 || !q.Has("lang")) {
		d, err := p.Mementos.ParseDifference(q)
		if err == nil && d.Unchanged(w, r, fmt.Sprint("page", sn.Seq(), page.L.Tag, r.URL.RawQuery)) {
			return
		}
		if err == nil {
			err = page.changes(p, r, sn, d)
		}
		if err != nil {
			problem := protocol.ProblemOf(err)
			if problem.Status == http.StatusInternalServerError {
				p.fail(w, r, err)
				return
			}
			w.Header().Del("ETag")
			status, page.Problem = problem.Status, problem.Detail
			page.Rows, page.Status = nil, nil
		}
	}
	p.render(w, r, status, "diff", page)
}

// changes puts a difference on its page.
func (page *diffPage) changes(p *Portal, r *http.Request, sn *store.Snapshot, d memento.Difference) error {
	rd := p.reader(r.Context(), sn, page.frame)
	if d.Dataset != "" {
		v := rd.value(term.NewIRI(d.Dataset))
		page.About = &v
	}
	for c, err := range p.Mementos.Changes(r.Context(), sn, d) {
		if err != nil {
			return err
		}
		row := changeRow{Is: "removed"}
		if c.Added {
			row.Is = "added"
			page.Added++
		} else {
			page.Removed++
		}
		if len(page.Rows) == shownChanges {
			page.Cut = true
			continue
		}
		var t [3]term.Term
		if err := sn.Terms([]store.ID{c.S, c.P, c.O}, t[:]); err != nil {
			return err
		}
		row.Text = page.L.T("diff.is." + row.Is)
		row.Subject, row.Property, row.Object = rd.raw(t[0]), rd.label(t[1].Value()), rd.value(t[2])
		page.Rows = append(page.Rows, row)
	}
	page.Status = []string{page.L.N("diff.added", page.Added), page.L.N("diff.removed", page.Removed)}
	v := url.Values{"from": {moment.Format(d.From.Time)}, "to": {moment.Format(d.To.Time)}}
	if d.Dataset != "" {
		v.Set("dataset", d.Dataset)
	}
	if d.Source != "" {
		v.Set("source", d.Source)
	}
	page.Alternates = []alternate{{Href: "/diff.csv?" + v.Encode(), Type: "text/csv", Label: "CSV"},
		{Href: "/diff.rdfp?" + v.Encode(), Type: "application/rdf-patch", Label: "RDF Patch"}}
	return nil
}
