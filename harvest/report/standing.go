package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Standing is how the plan's targets stand at a moment.
type Standing struct {
	Year    int       `json:"year"`
	Made    time.Time `json:"made"`
	State   uint64    `json:"state"` // of the catalogue: number of its newest commit
	Figures []Figure  `json:"figures"`
	owned   map[string]owned
}

// MakeStanding works out the targets alone, without the report on each dataset.
func MakeStanding(ctx context.Context, o Options) (*Standing, error) {
	m, release, err := newMaker(ctx, o)
	if err != nil {
		return nil, err
	}
	defer release()
	s := &Standing{Year: m.o.Quarter.Year, Made: m.o.Now, State: m.sn.Seq(), owned: m.owned}
	s.Figures, err = m.figures()
	return s, err
}

// figures answers all targets.
func (m *maker) figures() (out []Figure, err error) {
	for _, t := range m.plan.Targets {
		f, err := m.figure(t)
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", t.ID, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// Figure returns the figure of a target, nil when there is no such target.
func (s *Standing) Figure(id string) *Figure {
	for i := range s.Figures {
		if s.Figures[i].ID == id {
			return &s.Figures[i]
		}
	}
	return nil
}

// Entry is a dataset of a figure.
type Entry struct {
	Dataset    string `json:"dataset"`
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Owner      string `json:"owner"`
	Name       string `json:"owner_name"`
	Counts     bool   `json:"counts"`
}

// Entries are the datasets of a figure: those that fall short first, each part by owner.
func (s *Standing) Entries(f *Figure) []Entry {
	line := func(dataset string, counts bool) Entry {
		o := s.owned[dataset]
		return Entry{dataset, o.identifier, o.title, o.owner, cmp.Or(o.name, o.owner), counts}
	}
	out := make([]Entry, 0, len(f.Short)+len(f.Counted))
	for _, d := range f.Short {
		out = append(out, line(d, false))
	}
	for _, d := range f.Counted {
		out = append(out, line(d, true))
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		of := map[bool]int{true: 1}
		return cmp.Or(of[a.Counts]-of[b.Counts], cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Dataset, b.Dataset))
	})
	return out
}

// Owners are the names of the owners of datasets, by identifier.
func (s *Standing) Owners() map[string]string {
	out := map[string]string{}
	for _, d := range slices.Sorted(maps.Keys(s.owned)) {
		o := s.owned[d]
		out[o.owner] = cmp.Or(out[o.owner], o.name)
	}
	return out
}

// Soonest are the steps that close the gap of a share, those by which most is won first, up to
// the one that reaches the goal; all of them when none does.
func (f *Figure) Soonest() []Step {
	if f.Missing == 0 {
		return nil
	}
	for i, s := range f.Cheapest {
		if s.Reaches {
			return f.Cheapest[:i+1]
		}
	}
	return f.Cheapest
}
