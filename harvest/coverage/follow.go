package coverage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fincat/harvest/link"
	"fincat/harvest/report"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "coverage"

const rulesState = 1

// A Follower keeps the counts of the quarter up to date; it implements [follow.Follower].
type Follower struct {
	follow.Graphs
	now func() time.Time

	mu    sync.Mutex
	count *link.Count  // nil: everything has to be read
	at    store.Cursor // what count reflects
	// counted is the graph of the quarter that was counted last.
	counted term.Term
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, ""
// while nothing was harvested. now is the clock.
func NewFollower(s *store.Store, base func() (dcat.Base, error), now func() time.Time) *Follower {
	return &Follower{now: now, Graphs: follow.Graphs{Store: s, Base: base, Follower: Name, Rules: rulesState}}
}

// Release implements [follow.Releaser].
func (f *Follower) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count = nil
}

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	base, graphs, all, err := f.Begin(ctx, st)
	if err != nil || base == "" {
		return err
	}
	quarter := term.NewIRI(base.CoverageGraph(report.QuarterOf(f.now()).String()))
	begun := f.counted == quarter // of nothing to count there is no graph
	if !begun {
		if _, begun, err = st.Snapshot.Lookup(quarter); err != nil {
			return err
		}
	}
	concerns := func(g term.Term) bool { return g == quarter || link.Counts(base, g) }
	if !all && begun && !slices.ContainsFunc(graphs, concerns) {
		if f.at == st.From {
			f.at = st.To()
		}
		f.Pass(st.To())
		return nil
	}
	if f.count == nil || f.at != st.From {
		all = true
		if f.count, err = link.NewCount(); err != nil {
			return err
		}
	}
	if all {
		graphs = nil
	}
	if err := f.count.Read(ctx, st.Snapshot, base, graphs, all); err != nil {
		f.count = nil
		return fmt.Errorf("count datasets: %w", err)
	}
	want := map[term.Term][]term.Triple{quarter: observations(base, quarter.Value(), f.count.Coverage())}
	if err := f.Write(ctx, st.Snapshot, want, st.Rebuild); err != nil {
		f.count = nil
		return err
	}
	f.at, f.counted = st.To(), quarter
	return nil
}

// figures are the counts of an observation, by property.
var figures = []struct {
	property string
	of       func(*link.Coverage) *int
}{
	{vocab.FincatOwnRecords, func(c *link.Coverage) *int { return &c.Own }},
	{vocab.FincatLinkedRecords, func(c *link.Coverage) *int { return &c.OnPortal }},
	{vocab.FincatCandidateRecords, func(c *link.Coverage) *int { return &c.Candidates }},
	{vocab.FincatPortalRecords, func(c *link.Coverage) *int { return &c.Portal }},
	{vocab.FincatUnshownRecords, func(c *link.Coverage) *int { return &c.Unshown }},
}

// observations describes the counts of a quarter, of which graph is the name of the graph.
// Records of which nobody is known to be the owner count in all only. A store without records
// gets no statement.
func observations(base dcat.Base, graph string, list []link.Coverage) (out []term.Triple) {
	if len(list) == 0 {
		return nil
	}
	quarter := graph[strings.LastIndexByte(graph, '/')+1:]
	set := term.NewIRI(string(base) + "coverage")
	out = append(out, term.Triple{Subject: set, Predicate: term.NewIRI(vocab.RDFType),
		Object: term.NewIRI(vocab.QBDataSet)},
		term.Triple{Subject: set, Predicate: term.NewIRI(vocab.DCTTitle),
			Object: dcat.ZH("各機構資料集與 data.gov.tw 的對應").Term()})
	add := func(about, path string, c link.Coverage) {
		s := term.NewIRI(string(base) + "coverage/" + quarter + "/" + path)
		say := func(p string, o term.Term) {
			out = append(out, term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: o})
		}
		say(vocab.RDFType, term.NewIRI(vocab.QBObservation))
		say(vocab.QBDataSetProperty, set)
		say(vocab.FincatQuarter, term.NewString(quarter))
		say(vocab.FincatCounts, term.NewIRI(about))
		for _, f := range figures {
			say(f.property, term.NewLiteral(strconv.Itoa(*f.of(&c)), vocab.XSDInteger))
		}
		say(vocab.FincatShare, term.NewLiteral(strconv.FormatFloat(c.Share, 'f', 4, 64), vocab.XSDDecimal))
	}
	for _, c := range list {
		if c.Organisation != "" {
			add(base.Org(c.Organisation), "org/"+dcat.Segment(c.Organisation), c)
		}
	}
	for _, c := range link.Sum(list) {
		if c.Sector == "" {
			add(base.Catalog(), "all", c)
		} else {
			add(base.Sector(c.Sector), "sector/"+c.Sector, c)
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return out
}
