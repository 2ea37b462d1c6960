package oas

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"

	"fincat/harvest/document"
)

// unique tells whether no mapping of a document in YAML has a key twice, which YAML does not
// allow (YAML 1.2.2 §3.2.1.3), while JSON does.
func (r *Result) unique(text []byte) bool {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF")))
	if len(text) == 0 || text[0] == '{' {
		return true
	}
	doc, err := document.ReadYAML(text)
	if err != nil {
		return true
	}
	twice := repeated(doc, 0)
	if twice != nil {
		r.fail("key-duplicate", fmt.Sprintf("line %d", twice.Line), "%q stands twice in one mapping of the YAML",
			twice.Value)
	}
	return twice == nil
}

// repeated returns a key that its mapping has twice, nil when there is none. What aliases
// stand for is looked at where it is written.
func repeated(n *yaml.Node, depth int) *yaml.Node {
	if depth > maxDepth {
		return nil
	}
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode && c.Tag != "!!merge" {
			if seen[c.Value] {
				return c
			}
			seen[c.Value] = true
		}
		if found := repeated(c, depth+1); found != nil {
			return found
		}
	}
	return nil
}
