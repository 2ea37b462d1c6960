package harvest

import (
	"context"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/history"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/harvest/source"
	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// maxResults are the results of one record that become problems of the run.
const maxResults = 100

// conformance validates the records that a run would write against a profile, each
// by itself beside the catalogue's organisations and concepts.
type conformance struct {
	shapes    *shacl.Shapes
	beside    *store.Store    // in memory
	refuse    bool            // records with violations are not taken over
	rule      string          // of its problems
	validated map[uint64]bool // records, by the hash of the identifier
}

// newConformance returns nil when the source is not to be validated.
func (h *Harvester) newConformance(ctx context.Context, cfg source.Config) (*conformance, error) {
	if !cfg.Validates() {
		return nil, nil
	}
	quads, facts, err := shacl.Builtin(cfg.Profile)
	if err != nil {
		return nil, err
	}
	c := &conformance{refuse: cfg.Validation == source.Refuse, rule: history.ProfileRule + cfg.Profile,
		validated: map[uint64]bool{}}
	if c.shapes, err = shacl.Compile(quads, shacl.ImportBuiltin); err != nil {
		return nil, fmt.Errorf("profile %s: %w", cfg.Profile, err)
	}
	c.shapes.State(facts)
	if c.beside, err = store.Open(ctx, store.Options{}); err != nil {
		return nil, err
	}
	replace := map[term.Term][]term.Quad{}
	for graph, triples := range map[string][]term.Triple{
		h.base.OrgGraph(): h.directory.Triples(h.base), h.base.SchemesGraph(): dcat.Schemes(h.base),
	} {
		replace[term.NewIRI(graph)] = inGraph(triples)
	}
	_, err = c.beside.Commit(ctx, store.Change{Replace: replace})
	return c, err
}

func (c *conformance) close() error {
	if c == nil {
		return nil
	}
	return c.beside.Close()
}

// check validates the graph of a record together with the catalogue's own one beside
// it, and returns what is found of the datasets and distributions in them, as problems
// of the record.
func (c *conformance) check(ctx context.Context, rec *mapping.Record, graph string, quads, own []term.Quad) (
	out []problem.Problem, err error) {
	c.validated[xxh3.HashString(rec.ID)] = true
	names := []term.Term{term.NewIRI(graph), term.NewIRI(dcat.OwnGraph(graph))}
	both := map[term.Term][]term.Quad{names[0]: quads, names[1]: own}
	if _, err := c.beside.Commit(ctx, store.Change{Replace: both}); err != nil {
		return nil, err
	}
	sn, err := c.beside.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	for r, err := range shacl.Validate(ctx, sn, c.shapes, shacl.Options{Graphs: names}) {
		if err != nil {
			return nil, fmt.Errorf("validate record %s: %w", rec.ID, err)
		}
		if r.Origin == shacl.OriginSource && len(out) < maxResults {
			out = append(out, c.problem(rec, &r))
		}
	}
	_, err = c.beside.Commit(ctx, store.Change{Replace: map[term.Term][]term.Quad{names[0]: nil, names[1]: nil}})
	return out, err
}

func (c *conformance) problem(rec *mapping.Record, r *shacl.Result) problem.Problem {
	p := problem.Problem{Severity: problem.Info, Record: rec.ID, Place: rec.Place, Rule: c.rule,
		Value: r.Value.Value(), Remedy: "ask the source's owner to mend it"}
	switch r.Severity.Value() {
	case vocab.SHViolation:
		p.Severity = problem.Violation
	case vocab.SHWarning:
		p.Severity = problem.Warning
	}
	if !c.refuse && p.Severity == problem.Violation { // a violation is a record that is not taken over
		p.Severity = problem.Warning
	}
	message := r.Language("en")
	if message == "" && len(r.Messages) > 0 {
		message = r.Messages[0].Value()
	}
	p.Message = strings.TrimSpace(r.Path() + " " + message)
	if r.Focus.Value() != rec.Dataset.IRI {
		p.Message = r.Focus.Value() + " " + p.Message
	}
	return p
}

// conforms validates a record that is to be written, and reports what is found.
// It is not ok when the record is refused: what the catalogue has of it stays.
func (r *run) conforms(ctx context.Context, rec *mapping.Record, content, own []term.Triple) (ok bool, err error) {
	if r.conformance == nil {
		return true, nil
	}
	mark := triple(r.h.base.Record(r.cfg.ID, rec.ID), vocab.FincatDigest, term.NewString(r.report.Run))
	record := append(content[:len(content):len(content)], mark)
	found, err := r.conformance.check(ctx, rec, r.h.base.Graph(r.cfg.ID, rec.ID), inGraph(record), inGraph(own))
	if err != nil {
		return false, err
	}
	ok = true
	for _, p := range found {
		ok = ok && p.Severity != problem.Violation
	}
	for _, p := range found {
		if !ok && p.Severity == problem.Violation {
			p.Again = rec.Again
		}
		r.problem(p)
	}
	if !ok {
		if r.report.Failed++; rec.Again == "" {
			r.report.Unasked++
		}
		r.keep(rec)
	}
	return ok, nil
}
