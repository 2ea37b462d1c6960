package link

import (
	"cmp"
	"fmt"
	"slices"
)

// A State says what became of a link that was proposed.
type State string

// The states of links.
const (
	Accepted  State = "accepted"  // by the program, the evidence is above the threshold
	Candidate State = "candidate" // for a person to decide
	Confirmed State = "confirmed" // by a person
	Refused   State = "refused"   // by a person
)

// Thresholds are probabilities.
type Thresholds struct {
	Accept  float64 `yaml:"accept"`  // from here on a link is accepted at once; default 0.95
	Propose float64 `yaml:"propose"` // from here on it is a candidate; default 0.5
}

// Validate reports thresholds that cannot work.
func (th Thresholds) Validate() error {
	if th.Propose <= 0 || th.Propose > th.Accept || th.Accept > 1 {
		return fmt.Errorf("accept and propose are probabilities, and propose is not above accept; they are %g and %g",
			th.Accept, th.Propose)
	}
	return nil
}

// DefaultThresholds are used where none are configured.
var DefaultThresholds = Thresholds{Accept: 0.95, Propose: 0.5}

// A Link is a relation between two records with its reasons.
type Link struct {
	Subject, Object string // IRIs of datasets
	Kind            Kind
	State           State
	Confidence      float64
	Evidence        []Evidence
}

// How the links of one record to the records of one other source are bounded.
const (
	margin        = 5.0 // bits by which a better counterpart makes another one doubtful
	lead          = 1.5 // bits by which the best of several unlike ones must lead
	maxCandidates = 3
	maxEditions   = 8
	maxSame       = 24
)

// A verdict is what one record's view makes of an edge.
type verdict struct {
	edge
	state State // "" when nothing comes of it
	alone bool  // there is nothing better in that source
}

// judge decides what comes of a record's edges to the records of one source, as
// seen from this record alone. A link needs the consent of both of its records.
func (x *index) judge(n uint32, list []edge, th Thresholds) []verdict {
	out := make([]verdict, 0, len(list))
	bySource := map[string][]edge{}
	var sources []string
	for _, e := range list {
		s := x.list[e.to].rec.group()
		if bySource[s] == nil {
			sources = append(sources, s)
		}
		bySource[s] = append(bySource[s], e)
	}
	for _, s := range sources {
		out = append(out, x.judgeSource(n, bySource[s], th)...)
	}
	x.keepApart(out)
	return out
}

// keepApart leaves it to a person which of a record's partners is the same dataset, where
// somebody has refused that they are one: the weaker ones become candidates.
func (x *index) keepApart(list []verdict) {
	if len(x.decided.byPair) == 0 {
		return
	}
	strongest := make([]*verdict, 0, len(list))
	for i := range list {
		if v := &list[i]; v.state == Accepted && v.kind == Same {
			strongest = append(strongest, v)
		}
	}
	slices.SortStableFunc(strongest, func(a, b *verdict) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(x.list[a.to].rec.IRI, x.list[b.to].rec.IRI))
	})
	var kept []string
	for _, v := range strongest {
		iri := x.list[v.to].rec.IRI
		if slices.ContainsFunc(kept, func(other string) bool { return x.decided.apart(iri, other) }) {
			v.state = Candidate
		} else {
			kept = append(kept, iri)
		}
	}
}

func (x *index) judgeSource(n uint32, list []edge, th Thresholds) []verdict {
	var out []verdict
	within := x.list[list[0].to].rec.group() == x.list[n].rec.group()
	accepted := x.acceptable(list, x.list[n].owner, th, within)
	nothing := !within && !slices.Contains(accepted, true)
	same, candidates, editions := 0, 0, 0
	for i, e := range list {
		v := verdict{edge: e}
		p := probability(e.bits)
		switch {
		case p < th.Propose:
			v.alone = nothing && e.kind == Same && probability(e.bits+x.rd.weights[alone].bits()) >= th.Propose
			if !v.alone {
				continue
			}
			if candidates++; candidates > maxCandidates {
				continue
			}
		case e.kind == Edition:
			if editions++; editions > maxEditions {
				continue
			}
			v.state = Candidate
			if p >= th.Accept {
				v.state = Accepted
			}
		case accepted[i]:
			if same++; same > maxSame {
				continue
			}
			v.state = Accepted
		default:
			if candidates++; candidates > maxCandidates {
				continue
			}
			v.state = Candidate
		}
		out = append(out, v)
	}
	return out
}

// acceptable marks the edges of one record to one other source that can be
// accepted. One that is far behind the best is not. Where several are left that
// are not like each other, titles alone decide only for the one that leads.
func (x *index) acceptable(list []edge, owner Owner, th Thresholds, within bool) []bool {
	ok := make([]bool, len(list))
	var best *edge
	var near []int
	for i, e := range list {
		if e.kind != Same || probability(e.bits) < th.Accept {
			continue
		}
		if best == nil {
			best = &list[i]
		}
		if within || e.bits >= best.bits-margin {
			ok[i] = true
			near = append(near, i)
		}
	}
	if within || len(near) < 2 {
		return ok
	}
	alike := !slices.ContainsFunc(near[1:], func(i int) bool { return !x.alike(list[near[0]].to, list[i].to, owner) })
	if alike {
		return ok
	}
	for k, i := range near {
		leads := k == 0 && list[i].bits >= list[near[1]].bits+lead
		ok[i] = list[i].hard || leads
	}
	return ok
}

// alike reports whether two records of one source may be the same dataset, when
// both may be of an owner.
func (x *index) alike(n, m uint32, owner Owner) bool {
	a, b := x.list[n], x.list[m]
	var l level
	if org := owner.Org; owner.certain() && !a.owner.certain() && !b.owner.certain() {
		l, _ = x.rd.x.difference(&x.rd.as(a, org)[0], &x.rd.as(b, org)[0])
	} else {
		l, _ = x.rd.titles(a, b, x.rd.orgs.related(a, b))
	}
	return l <= titleCore && (a.market == b.market || a.market == 0 || b.market == 0)
}

// join puts the views of both records together.
func join(a, b verdict) State {
	switch {
	case a.state == Accepted && b.state == Accepted:
		return Accepted
	case a.state == "" && !a.alone || b.state == "" && !b.alone:
		return ""
	case a.alone != b.alone && a.kind == Same && (a.alone || b.alone):
		return ""
	}
	return Candidate
}
