package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fincat/vocab/term"
)

// Standards is the register of data standards, and which datasets follow them.
type Standards struct {
	State     uint64     `json:"state"` // of the catalogue: number of its newest commit
	Standards []Standard `json:"standards"`
	Coverage  []Coverage `json:"coverage"` // by organisation
}

// Standard is a data standard with the datasets that follow it, or nearly do.
type Standard struct {
	IRI       string          `json:"iri"`
	ID        string          `json:"id"`
	ZH        string          `json:"zh"`
	EN        string          `json:"en,omitempty"`
	Version   string          `json:"version,omitempty"`
	Adopted   string          `json:"adopted,omitempty"` // date
	Counts    bool            `json:"counts"`            // for the target of this year
	Page      string          `json:"page,omitempty"`
	OAS       string          `json:"oas,omitempty"`
	About     string          `json:"about,omitempty"`
	Fields    []StandardField `json:"fields"`
	Following []Following     `json:"following"`
	Near      []Following     `json:"near"`
}

// StandardField is a field of a data standard.
type StandardField struct {
	Name       string `json:"name"`
	EN         string `json:"en,omitempty"`
	Definition string `json:"definition,omitempty"`
	Datatype   string `json:"datatype"`
	Codes      string `json:"code_list,omitempty"`
	Required   bool   `json:"required"`
}

// Following is a dataset with how many of the fields it has that a standard asks for.
type Following struct {
	Entry
	Found   int    `json:"found"`
	Asked   int    `json:"asked"`
	Missing string `json:"missing,omitempty"`
}

// Coverage says how many datasets of an organisation follow a standard.
type Coverage struct {
	Owner     string  `json:"owner"`
	Name      string  `json:"owner_name"`
	Known     int     `json:"known"` // datasets whose columns are known
	Following int     `json:"following"`
	Share     float64 `json:"share"`
}

// MakeStandards reads the register.
func MakeStandards(ctx context.Context, o Options) (*Standards, error) {
	m, release, err := newMaker(ctx, o)
	if err != nil {
		return nil, err
	}
	defer release()
	out := &Standards{State: m.sn.Seq(), Standards: []Standard{}, Coverage: []Coverage{}}
	if err := m.register(out); err != nil {
		return nil, err
	}
	follows, err := m.following(out)
	if err != nil {
		return nil, err
	}
	known, err := m.rows("standards-known", params{})
	by := map[string]*Coverage{}
	for _, r := range known {
		dataset := r[0].Value()
		owner := m.owned[dataset].owner
		c := by[owner]
		if c == nil {
			c = &Coverage{Owner: owner, Name: cmp.Or(m.owned[dataset].name, owner)}
			by[owner] = c
		}
		c.Known++
		if follows[dataset] {
			c.Following++
		}
		c.Share = float64(c.Following) / float64(c.Known)
	}
	for _, c := range by {
		out.Coverage = append(out.Coverage, *c)
	}
	slices.SortFunc(out.Coverage, func(a, b Coverage) int {
		return cmp.Or(cmp.Compare(b.Following, a.Following), cmp.Compare(b.Known, a.Known),
			strings.Compare(a.Owner, b.Owner))
	})
	return out, err
}

// register reads the standards with their fields.
func (m *maker) register(out *Standards) error {
	rows, err := m.rows("standards-register", params{})
	from, to := m.o.Quarter.yearStart().Format(time.DateOnly), m.at.In(taipei).Format(time.DateOnly)
	for _, r := range rows {
		n := len(out.Standards)
		if n == 0 || out.Standards[n-1].IRI != r[0].Value() {
			s := Standard{IRI: r[0].Value(), ID: r[1].Value(), ZH: r[2].Value(), EN: r[3].Value(),
				Version: r[4].Value(), Adopted: r[5].Value(),
				Page: r[6].Value(), OAS: r[7].Value(), About: r[8].Value(),
				Following: []Following{}, Near: []Following{}}
			s.Counts = s.Adopted >= from && s.Adopted <= to
			out.Standards = append(out.Standards, s)
			n++
		}
		datatype := r[13].Value()
		out.Standards[n-1].Fields = append(out.Standards[n-1].Fields, StandardField{Name: r[10].Value(),
			EN: r[11].Value(), Definition: r[12].Value(), Datatype: datatype[strings.LastIndexByte(datatype, '#')+1:],
			Codes: r[14].Value(), Required: r[15].Value() == "true"})
	}
	return err
}

// following adds the datasets to the standards, and returns which follow any.
func (m *maker) following(out *Standards) (map[string]bool, error) {
	rows, err := m.rows("standards-following", params{})
	at, follows := map[string]*Standard{}, map[string]bool{}
	for i := range out.Standards {
		at[out.Standards[i].IRI] = &out.Standards[i]
	}
	for _, r := range rows {
		s := at[r[0].Value()]
		if s == nil {
			continue
		}
		d := r[1].Value()
		o := m.owned[d]
		f := Following{Entry{d, o.identifier, o.title, o.owner, cmp.Or(o.name, o.owner), false}, number(r[3]),
			number(r[2]), textOf(r[4])}
		if f.Counts = f.Found == f.Asked; f.Counts {
			s.Following, follows[d] = append(s.Following, f), true
		} else {
			s.Near = append(s.Near, f)
		}
	}
	return follows, err
}

// textOf is the text of a literal, "" where there is none.
func textOf(t term.Term) string {
	if t.IsZero() {
		return ""
	}
	return t.Value()
}

// Standard returns the standard with an identifier, nil when there is none.
func (s *Standards) Standard(id string) *Standard {
	for i := range s.Standards {
		if s.Standards[i].ID == id {
			return &s.Standards[i]
		}
	}
	return nil
}
