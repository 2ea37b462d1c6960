package history

import (
	"strconv"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

var counters = []struct {
	property string
	of       func(*Report) *int
}{
	{vocab.FincatNew, func(r *Report) *int { return &r.New }},
	{vocab.FincatChanged, func(r *Report) *int { return &r.Changed }},
	{vocab.FincatUnchanged, func(r *Report) *int { return &r.Unchanged }},
	{vocab.FincatRenamed, func(r *Report) *int { return &r.Renamed }},
	{vocab.FincatMissing, func(r *Report) *int { return &r.Missing }},
	{vocab.FincatRemoved, func(r *Report) *int { return &r.Removed }},
	{vocab.FincatFailed, func(r *Report) *int { return &r.Failed }},
	{vocab.FincatHeld, func(r *Report) *int { return &r.Held }},
	{vocab.FincatUnasked, func(r *Report) *int { return &r.Unasked }},
	{vocab.FincatProblems, func(r *Report) *int { return &r.Found }},
}

const maxUsed = 100 // addresses that a run's graph names

// exactTime is exact to the millisecond, since a run that was interrupted leads
// to what was received after its start, not to what the run before received in
// the same second. A run that starts and ends within a second has both times in
// the right order.
func exactTime(t time.Time) term.Term {
	return term.NewLiteral(t.UTC().Format("2006-01-02T15:04:05.999Z07:00"), vocab.XSDDateTime)
}

// Graph returns the graph that describes a run, by its name.
func (h *History) Graph(rep *Report) map[term.Term][]term.Quad {
	s := term.NewIRI(h.base.Run(rep.Run))
	var out []term.Quad
	add := func(p string, o term.Term) {
		out = append(out, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
	}
	text := func(p, v string) {
		if v != "" {
			add(p, term.NewString(v))
		}
	}
	count := func(p string, n int) { add(p, term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger)) }
	add(vocab.RDFType, term.NewIRI(vocab.PROVActivity))
	add(vocab.RDFType, term.NewIRI(vocab.FincatRun))
	text(vocab.DCTIdentifier, rep.Run)
	add(vocab.FincatSource, term.NewIRI(h.base.SourceCatalog(rep.Source)))
	add(vocab.PROVStartedAtTime, exactTime(rep.Start))
	text(vocab.FincatStatus, string(rep.Status))
	if !rep.End.IsZero() {
		add(vocab.PROVEndedAtTime, exactTime(rep.End))
	}
	text(vocab.FincatReason, rep.Reason)
	if rep.Partial {
		add(vocab.FincatPartial, term.NewLiteral("true", vocab.XSDBoolean))
	}
	if rep.Full {
		add(vocab.FincatFull, term.NewLiteral("true", vocab.XSDBoolean))
	}
	text(vocab.FincatMark, rep.Mark)
	text(vocab.FincatProcess, rep.Process)
	switch {
	case rep.Status != Running:
		for _, c := range counters {
			count(c.property, *c.of(rep))
		}
	case !rep.Heartbeat.IsZero():
		add(vocab.FincatHeartbeat, dcat.Time(rep.Heartbeat))
		text(vocab.FincatStage, string(rep.Stage))
		count(vocab.FincatTotal, rep.Records)
	}
	for i, f := range rep.Fetched {
		if u, ok := dcat.EncodeIRI(f); ok && i < maxUsed {
			add(vocab.PROVUsed, term.NewIRI(u))
		}
	}
	return map[term.Term][]term.Quad{term.NewIRI(h.base.RunGraph(rep.Run)): out}
}

// report reads what [History.Graph] wrote.
func (h *History) report(id string, quads []term.Quad) *Report {
	rep := &Report{Run: id}
	for _, q := range quads {
		v := q.Object.Value()
		switch q.Predicate.Value() {
		case vocab.FincatSource:
			rep.Source = strings.TrimPrefix(v, h.base.SourceCatalog(""))
		case vocab.FincatStatus:
			rep.Status = Status(v)
		case vocab.FincatPartial:
			rep.Partial = v == "true"
		case vocab.FincatFull:
			rep.Full = v == "true"
		case vocab.FincatReason:
			rep.Reason = v
		case vocab.FincatMark:
			rep.Mark = v
		case vocab.FincatProcess:
			rep.Process = v
		case vocab.FincatHeartbeat:
			rep.Heartbeat, _ = time.Parse(time.RFC3339, v)
		case vocab.FincatStage:
			rep.Stage = Stage(v)
		case vocab.FincatTotal:
			rep.Records, _ = strconv.Atoi(v)
		case vocab.PROVStartedAtTime:
			rep.Start, _ = time.Parse(time.RFC3339, v)
		case vocab.PROVEndedAtTime:
			rep.End, _ = time.Parse(time.RFC3339, v)
		case vocab.PROVUsed:
			rep.Fetched = append(rep.Fetched, v)
		}
		for _, c := range counters {
			if c.property == q.Predicate.Value() {
				*c.of(rep), _ = strconv.Atoi(v)
			}
		}
	}
	if !rep.End.IsZero() {
		rep.Ended(rep.End)
	}
	return rep
}
