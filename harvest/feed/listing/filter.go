package listing

import (
	"slices"
	"time"

	"fincat/harvest/queries"
)

// Filtered returns those of a list, which keeps its sequence, that a filter selects. A
// filter by organisation selects what it publishes and what it owns; one by sector, what
// an organisation of the sector publishes or owns; modified_since goes by Changed.
func (l *Listing) Filtered(list []*Dataset, f queries.Filter) []*Dataset {
	var tests []func(*Dataset) bool
	has := func(value string, lists ...func(*Dataset) []string) {
		if value == "" {
			return
		}
		tests = append(tests, func(d *Dataset) bool {
			for _, of := range lists {
				if slices.Contains(of(d), value) {
					return true
				}
			}
			return false
		})
	}
	publishers := func(d *Dataset) []string { return d.Publishers }
	owners := func(d *Dataset) []string { return d.Owners }
	has(f.Publisher.Value(), publishers, owners)
	has(f.Source.Value(), func(d *Dataset) []string { return d.Sources })
	has(f.Theme.Value(), func(d *Dataset) []string { return d.Themes })
	has(f.Format.Value(), func(d *Dataset) []string { return d.Formats })
	if sector := f.Sector.Value(); sector != "" {
		in := map[string]bool{}
		for _, org := range l.Sectors[sector] {
			in[org] = true
		}
		within := func(org string) bool { return in[org] }
		tests = append(tests, func(d *Dataset) bool {
			return slices.ContainsFunc(d.Publishers, within) || slices.ContainsFunc(d.Owners, within)
		})
	}
	if since := instant(f.ModifiedSince); !since.IsZero() {
		tests = append(tests, func(d *Dataset) bool { return !d.Second().Before(since) })
	}
	if len(f.Words) > 0 {
		words := make([]string, len(f.Words))
		for i, w := range f.Words {
			words[i] = w.Value()
		}
		tests = append(tests, func(d *Dataset) bool { return d.says(words) })
	}
	if len(tests) == 0 {
		return list
	}
	var out []*Dataset
	for _, d := range list {
		if all(tests, d) {
			out = append(out, d)
		}
	}
	return out
}

func all(tests []func(*Dataset) bool, d *Dataset) bool {
	for _, test := range tests {
		if !test(d) {
			return false
		}
	}
	return true
}

// Second is when the dataset changed, to the second.
func (d *Dataset) Second() time.Time { return d.Changed.Truncate(time.Second) }
