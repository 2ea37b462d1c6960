package canon

import (
	"maps"
	"slices"
	"strings"
)

// spend counts one unit of work.
func (c *canonicalizer) spend() error {
	if c.work--; c.work < 0 {
		return ErrPoison
	}
	return c.ctx.Err()
}

// hashRelated is defined in RDFC-1.0 §4.7; the position holds the predicate.
func (c *canonicalizer) hashRelated(p place, issued *issuer) string {
	switch {
	case c.canonical.has(p.node):
		return c.digest(p.position, "_:", c.canonical.label(p.node))
	case issued.index(p.node) >= 0:
		return c.digest(p.position, "_:", issued.issue(p.node))
	}
	return c.digest(p.position, c.first[p.node])
}

// hashNDegree is Hash N-Degree Quads, defined in RDFC-1.0 §4.8.
func (c *canonicalizer) hashNDegree(node int, issued *issuer) (string, *issuer, error) {
	if err := c.spend(); err != nil {
		return "", nil, err
	}
	related := map[string][]int{}
	for _, m := range c.mentions[node] {
		for _, p := range *m.places {
			if p.node != node {
				h := c.hashRelated(p, issued)
				related[h] = append(related[h], p.node)
			}
		}
	}
	var data strings.Builder
	for _, h := range slices.Sorted(maps.Keys(related)) {
		path, next, err := c.shortestPath(related[h], issued)
		if err != nil {
			return "", nil, err
		}
		data.WriteString(h)
		data.WriteString(path)
		issued = next
	}
	return c.digest(data.String()), issued, nil
}

// shortestPath tries every order of the related nodes and returns the least
// path with the issuer that belongs to it (RDFC-1.0 §4.8.3, step 5.4).
func (c *canonicalizer) shortestPath(nodes []int, issued *issuer) (string, *issuer, error) {
	var chosen string
	var chosenIssuer *issuer
	order := slices.Sorted(slices.Values(nodes))
	for more := true; more; more = nextPermutation(order) {
		if err := c.spend(); err != nil {
			return "", nil, err
		}
		path, next, err := c.path(order, issued.clone(), chosen)
		if err != nil {
			return "", nil, err
		}
		if next != nil && (chosenIssuer == nil || path < chosen) {
			chosen, chosenIssuer = path, next
		}
	}
	return chosen, chosenIssuer, nil
}

// path follows one order of related nodes. It gives up with a nil issuer when
// the path cannot become less than the chosen one.
func (c *canonicalizer) path(order []int, issued *issuer, chosen string) (string, *issuer, error) {
	worse := func(path string) bool {
		return chosen != "" && len(path) >= len(chosen) && path > chosen
	}
	var path string
	var recursion []int
	for _, n := range order {
		if c.canonical.has(n) {
			path += "_:" + c.canonical.label(n)
		} else {
			if issued.index(n) < 0 {
				recursion = append(recursion, n)
			}
			path += "_:" + issued.issue(n)
		}
		if worse(path) {
			return "", nil, nil
		}
	}
	for _, n := range recursion {
		h, next, err := c.hashNDegree(n, issued)
		if err != nil {
			return "", nil, err
		}
		path += "_:" + issued.issue(n) + "<" + h + ">"
		issued = next
		if worse(path) {
			return "", nil, nil
		}
	}
	return path, issued, nil
}

// nextPermutation puts s into the next order and reports whether there was
// one. Equal elements are not exchanged.
func nextPermutation(s []int) bool {
	i := len(s) - 2
	for i >= 0 && s[i] >= s[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(s) - 1
	for s[j] <= s[i] {
		j--
	}
	s[i], s[j] = s[j], s[i]
	slices.Reverse(s[i+1:])
	return true
}
