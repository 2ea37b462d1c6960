package shacl

import (
	"fmt"
	"slices"

	"fincat/store"
)

// values returns the value nodes of a path from a node (SHACL §3.4.1), each
// once, sorted.
func (d *data) values(p *path, from store.ID) ([]store.ID, error) {
	switch p.kind {
	case predicatePath:
		return d.objects(from, d.constants[p.id])
	case inversePath:
		if in := p.parts[0]; in.kind == predicatePath {
			return d.subjects(d.constants[in.id], from)
		}
		return d.values(inverted(p.parts[0]), from)
	case sequencePath:
		at := []store.ID{from}
		var err error
		for _, part := range p.parts {
			if at, err = d.valuesOfAll(part, at); err != nil {
				return nil, err
			}
		}
		return at, nil
	case alternativePath:
		var all []store.ID
		for _, part := range p.parts {
			found, err := d.values(part, from)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		slices.Sort(all)
		return slices.Compact(all), nil
	case zeroOrOnePath:
		found, err := d.values(p.parts[0], from)
		if err != nil {
			return nil, err
		}
		all := append([]store.ID{from}, found...)
		slices.Sort(all)
		return slices.Compact(all), nil
	}
	return d.reach(p.parts[0], from, p.kind == zeroOrMorePath)
}

func (d *data) valuesOfAll(p *path, from []store.ID) ([]store.ID, error) {
	if len(from) == 1 {
		return d.values(p, from[0])
	}
	if p.kind != inversePath {
		if err := d.fetch(slices.Clone(from)); err != nil {
			return nil, err
		}
	}
	var all []store.ID
	for _, id := range from {
		if err := d.step(); err != nil {
			return nil, err
		}
		found, err := d.values(p, id)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// reach returns what any number of steps lead to, each node once.
func (d *data) reach(p *path, from store.ID, zero bool) ([]store.ID, error) {
	seen := map[store.ID]bool{}
	if zero {
		seen[from] = true
	}
	border := []store.ID{from}
	for len(border) > 0 {
		next, err := d.valuesOfAll(p, border)
		if err != nil {
			return nil, err
		}
		border = border[:0:0]
		for _, id := range next {
			if !seen[id] {
				seen[id] = true
				border = append(border, id)
			}
		}
		if len(seen) > maxReached {
			return nil, fmt.Errorf("the path %v leads from one node to more than %d", p, maxReached)
		}
	}
	all := make([]store.ID, 0, len(seen))
	for id := range seen {
		all = append(all, id)
	}
	slices.Sort(all)
	return all, nil
}

// step lets long work end when it is cancelled.
func (d *data) step() error {
	if d.steps++; d.steps%1024 == 0 {
		return d.ctx.Err()
	}
	return nil
}

// inverted returns the path that leads the other way.
func inverted(p *path) *path {
	out := &path{kind: p.kind}
	switch p.kind {
	case predicatePath:
		return &path{kind: inversePath, parts: []*path{p}}
	case inversePath:
		return p.parts[0]
	}
	for _, part := range p.parts {
		out.parts = append(out.parts, inverted(part))
	}
	if p.kind == sequencePath {
		slices.Reverse(out.parts)
	}
	return out
}
