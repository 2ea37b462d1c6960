package oas

// maxVisits bounds how many objects are visited to validate a document: the library goes
// through everything that a schema leads to, for each component and for each reference
// from a path. A million take about a second.
const maxVisits = 3_000_000

// part is what a reference leads to, without what that leads to.
type part struct {
	objects int
	refs    []string
}

// coster counts the objects that the references of a document lead to.
type coster struct {
	w     *refWalker
	parts map[string]*part
	spent int
}

// cost returns how many objects are visited, or a number above [maxVisits].
func (w *refWalker) cost() int {
	c := coster{w: w, parts: map[string]*part{}}
	for ref := range w.known {
		reach := c.reach(ref)
		if w.within[ref] > 0 {
			c.spent += reach
		}
		if c.spent += w.from[ref] * reach; c.spent > maxVisits {
			break
		}
	}
	return c.spent
}

// reach returns how many objects a reference leads to.
func (c *coster) reach(ref string) int {
	seen, next, objects := map[string]bool{ref: true}, []string{ref}, 0
	for len(next) > 0 && c.spent+objects <= maxVisits {
		p := c.part(next[len(next)-1])
		next = next[:len(next)-1]
		objects += p.objects
		for _, r := range p.refs {
			if !seen[r] {
				seen[r] = true
				next = append(next, r)
			}
		}
	}
	return objects
}

// part looks at what a reference leads to, once.
func (c *coster) part(ref string) *part {
	p := c.parts[ref]
	if p == nil {
		p = &part{}
		c.parts[ref] = p
		v, _ := c.w.find(ref)
		p.gather(v)
		c.spent += p.objects
	}
	return p
}

// gather counts the objects in a value and lists its references.
func (p *part) gather(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			p.gather(e)
		}
	case map[string]any:
		p.objects++
		if ref, ok := v["$ref"].(string); ok {
			p.refs = append(p.refs, ref)
		}
		for _, e := range v {
			p.gather(e)
		}
	}
}
