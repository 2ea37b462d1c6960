package cases

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Said is what a checker says of a dataset, as quality show prints it.
type Said struct {
	Identifier string
	Badge      string
	Indicators map[string]struct{ Is string }
	Resources  []SaidFile
	OAS        struct {
		Counts, Valid      bool
		Version, Operation string
	}
}

// SaidFile is what a checker says of a file.
type SaidFile struct {
	URL        string
	Detected   map[string]any
	Indicators map[string]struct{ Is string }
	Personal   []SaidPersonal `json:"personal_data"`
	Findings   []struct{ Rule string }
}

// SaidPersonal is personal data that a checker found.
type SaidPersonal struct {
	Kind, Column, Confidence string
	Values                   int
}

// Points is what a checker got for the cases.
type Points struct {
	Got, Of float64
	ByCase  map[string]float64  // share of the points
	ByKind  map[string]*Points  // indicators, badge, detected, personal, findings
	Lost    map[string][]string // what was wrong, by case
	Unsafe  []string            // requests that must not be made
	Raised  []string            // personal data of medium or high confidence that no case expects
}

// Share is the part of the points that was got.
func (p *Points) Share() float64 {
	if p.Of == 0 {
		return 1
	}
	return p.Got / p.Of
}

func (p *Points) add(id, kind string, got float64, what string, args ...any) {
	p.Got, p.Of = p.Got+got, p.Of+1
	k := p.ByKind[kind]
	if k == nil {
		k = &Points{}
		p.ByKind[kind] = k
	}
	k.Got, k.Of = k.Got+got, k.Of+1
	if got < 1 {
		p.Lost[id] = append(p.Lost[id], fmt.Sprintf("%s: "+what, append([]any{kind}, args...)...))
	}
}

// Score compares what a checker says, a JSON array, with what the cases expect.
func (s *Server) Score(answers []byte) (*Points, error) {
	var list []Said
	if err := json.Unmarshal(answers, &list); err != nil {
		return nil, err
	}
	p := &Points{ByCase: map[string]float64{}, ByKind: map[string]*Points{}, Lost: map[string][]string{}}
	for _, c := range s.m.Cases {
		at := slices.IndexFunc(list, func(x Said) bool { return x.Identifier == fmt.Sprint(c.Dataset.ID) })
		said := Said{}
		if at >= 0 {
			said = list[at]
		}
		one := &Points{ByCase: map[string]float64{}, ByKind: p.ByKind, Lost: p.Lost}
		s.score(one, c, said)
		p.Got, p.Of, p.Raised = p.Got+one.Got, p.Of+one.Of, append(p.Raised, one.Raised...)
		p.ByCase[c.ID] = one.Share()
	}
	for _, r := range s.Log() {
		if r.Listener == "trap" {
			p.Unsafe = append(p.Unsafe, r.Method+" "+r.Target)
		}
		for _, c := range s.m.Cases {
			for _, f := range c.Expect.Forbidden {
				if target, ok := strings.CutPrefix(f, "{base}"); ok && target == r.Target {
					p.Unsafe = append(p.Unsafe, r.Method+" "+r.Target)
				}
			}
		}
	}
	return p, nil
}

func (s *Server) score(p *Points, c Case, said Said) {
	for name, want := range c.Expect.Indicators {
		is := said.Indicators[name].Is
		p.add(c.ID, "indicators", want.accepts(is), "%s is %q, want %q", name, is, want.Is)
	}
	p.scoreOAS(c, said)
	badge := said.Badge
	if badge == "白金" {
		badge = "金"
	}
	want := Answer{c.Expect.Badge, c.Expect.BadgeAlso}
	p.add(c.ID, "badge", want.accepts(badge), "%s, want %s", said.Badge, want.Is)
	personal := map[string]SaidPersonal{}
	var rules []string
	for i, r := range c.Resources {
		address := s.Fill(r.URL)
		at := slices.IndexFunc(said.Resources, func(x SaidFile) bool { return x.URL == address })
		if at < 0 {
			at = i
		}
		if at >= len(said.Resources) {
			p.add(c.ID, "detected", 0, "resource %s is missing", r.ID)
			continue
		}
		x := said.Resources[at]
		e := c.Expect.Resources[r.ID]
		for key, want := range e.Detected {
			if key == "also" {
				continue
			}
			p.add(c.ID, "detected", detectedPoints(key, want, e.Detected["also"], x.Detected[key]),
				"%s of %s is %v, want %v", key,
				r.ID, x.Detected[key], want)
		}
		for name, want := range e.Indicators {
			p.add(c.ID, "indicators", want.accepts(x.Indicators[name].Is), "%s of %s is %q, want %q", name, r.ID,
				x.Indicators[name].Is, want.Is)
		}
		for _, d := range x.Personal {
			personal[d.Kind+" "+r.ID+":"+d.Column] = d
		}
		for _, f := range x.Findings {
			rules = append(rules, f.Rule)
		}
	}
	p.scorePersonal(c, personal)
	for _, f := range c.Expect.Findings {
		got := 0.0
		if slices.Contains(rules, f) {
			got = 1
		}
		p.add(c.ID, "findings", got, "%s is missing among %v", f, rules)
	}
	for _, f := range c.Expect.FindingsAbsent {
		got := 1.0
		if slices.Contains(rules, f) {
			got = 0
		}
		p.add(c.ID, "findings", got, "%s is told", f)
	}
}

// scorePersonal compares the personal data that was found, by kind and column.
func (p *Points) scorePersonal(c Case, personal map[string]SaidPersonal) {
	raised := maps.Clone(personal)
	for _, w := range c.Expect.Personal {
		got := 0.0
		for i, kind := range append([]string{w.Kind}, w.KindAlso...) {
			d, ok := personal[kind+" "+w.Where]
			if !ok {
				continue
			}
			delete(raised, kind+" "+w.Where)
			got = 0.5
			if i == 0 && d.Values == w.Values && (Answer{w.Confidence, w.ConfidenceAlso}).accepts(d.Confidence) > 0 {
				got = 1
			}
			break
		}
		p.add(c.ID, "personal", got, "%s in %s, found %v", w.Kind, w.Where, personal)
	}
	for _, at := range slices.Sorted(maps.Keys(raised)) {
		if raised[at].Confidence != "low" {
			p.Raised = append(p.Raised, c.ID+": "+at)
		}
	}
	for _, w := range c.Expect.PersonalAbsent {
		got := 1.0
		if d, ok := personal[w.Kind+" "+w.Where]; ok && d.Confidence != "low" {
			got = 0
		}
		p.add(c.ID, "personal", got, "%s in %s is raised", w.Kind, w.Where)
	}
}

// scoreOAS compares what is said of the dataset as an OPEN API.
func (p *Points) scoreOAS(c Case, said Said) {
	if want := c.Expect.OAS; want != nil {
		points := func(ok bool) float64 {
			if ok {
				return 1
			}
			return 0
		}
		p.add(c.ID, "oas", points(said.OAS.Counts == want.Counts.Is), "counts is %v", said.OAS.Counts)
		p.add(c.ID, "oas", points(want.Valid == nil || said.OAS.Valid == *want.Valid), "valid is %v", said.OAS.Valid)
		p.add(c.ID, "oas", points(want.Version == said.OAS.Version), "version is %q", said.OAS.Version)
		p.add(c.ID, "oas", points(want.Operation == said.OAS.Operation), "operation is %q", said.OAS.Operation)
	}
}

// detectedPoints compares what a file was found to be.
func detectedPoints(key string, want, also, got any) float64 {
	if same(want, got) {
		return 1
	}
	if m, ok := also.(map[string]any); ok {
		others, ok := m[key].([]any)
		if !ok {
			others = []any{m[key]}
		}
		for _, o := range others {
			if m[key] != nil && same(o, got) {
				return 0.5
			}
		}
	}
	return 0
}

func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		n, ok := b.(float64)
		return ok && math.Abs(a-n) < 0.5
	case []any:
		list, ok := b.([]any)
		if !ok || len(list) != len(a) {
			return false
		}
		for i := range a {
			if !same(a[i], list[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}
