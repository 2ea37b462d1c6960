package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"

	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// yamlVersion is a directive up to its minor version: the library refuses 1.2, which it
// reads all the same.
var yamlVersion = regexp.MustCompile(`^((?:\x{FEFF}|\s|#[^\n]*\n)*%YAML[ \t]+1\.)\d+`)

// ReadYAML reads a YAML document of any version 1.
func ReadYAML(body []byte) (*yaml.Node, error) {
	doc := &yaml.Node{}
	return doc, yaml.Unmarshal(yamlVersion.ReplaceAll(body, []byte("${1}1")), doc)
}

// YAMLToJSON rewrites a YAML document so that one decoder serves both, in the
// order of the document. Keys that are numbers, such as the status codes of
// answers, become text.
func YAMLToJSON(r *fetch.Response, body []byte) ([]byte, error) {
	doc, err := ReadYAML(body)
	if err != nil {
		return nil, problem.Errorf(problem.At(r.URL, ""), "yaml", "ask the source's owner to send valid YAML or JSON",
			"broken YAML: %v", err)
	}
	w := yamlWriter{left: 10*len(body) + 1<<20}
	if err := w.node(doc, 0); err != nil {
		return nil, problem.Errorf(problem.At(r.URL, ""), "yaml",
			"ask the source's owner for JSON, or YAML without anchors", "YAML: %w", err)
	}
	return w.Bytes(), nil
}

// yamlWriter writes nodes as JSON. Aliases are written out, within the bounds
// of depth and size: a few lines of them may stand for gigabytes.
type yamlWriter struct {
	bytes.Buffer
	left int
}

const maxYAMLDepth = 200

var (
	errYAMLDepth = errors.New("the document is nested too deep")
	errYAMLSize  = errors.New("the document's aliases make it too large")
	jsonNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
)

func (w *yamlWriter) node(n *yaml.Node, depth int) error {
	if w.left -= 1 + len(n.Value); w.left < 0 {
		return errYAMLSize
	}
	if depth > maxYAMLDepth {
		return errYAMLDepth
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.node(n.Alias, depth+1)
	case yaml.DocumentNode:
		for _, c := range n.Content {
			return w.node(c, depth+1)
		}
	case yaml.SequenceNode:
		w.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := w.node(c, depth+1); err != nil {
				return err
			}
		}
		w.WriteByte(']')
		return nil
	case yaml.MappingNode:
		w.WriteByte('{')
		err := w.members(n, depth, map[string]bool{})
		w.WriteByte('}')
		return err
	case yaml.ScalarNode:
		return w.scalar(n)
	}
	w.WriteString("null")
	return nil
}

// members writes those of a mapping; << takes in another's, below its own.
func (w *yamlWriter) members(n *yaml.Node, depth int, seen map[string]bool) error {
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		for k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Tag == "!!merge" {
			merged = append(merged, v)
			continue
		}
		if k.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: a key is no text", k.Line)
		}
		if seen[k.Value] {
			continue
		}
		if len(seen) > 0 {
			w.WriteByte(',')
		}
		seen[k.Value] = true
		if err := w.text(k.Value); err != nil {
			return err
		}
		w.WriteByte(':')
		if err := w.node(v, depth+1); err != nil {
			return err
		}
	}
	for _, m := range merged {
		if w.left--; depth > maxYAMLDepth || w.left < 0 {
			return errYAMLDepth
		}
		for m.Kind == yaml.AliasNode {
			m = m.Alias
		}
		if m.Kind == yaml.SequenceNode {
			merged = append(merged, m.Content...)
		} else if err := w.members(m, depth+1, seen); err != nil {
			return err
		}
	}
	return nil
}

func (w *yamlWriter) text(v string) error {
	text, err := json.Marshal(v)
	w.Write(text)
	return err
}

// scalar writes a value; numbers as they stand, because 1.0 may be a version.
func (w *yamlWriter) scalar(n *yaml.Node) error {
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		w.WriteString("null")
	case tag == "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return err
		}
		fmt.Fprint(w, b)
	case (tag == "!!int" || tag == "!!float") && jsonNumber.MatchString(n.Value):
		w.WriteString(n.Value)
	default:
		return w.text(n.Value)
	}
	return nil
}

// DecodeYAML carries out a decoding into Go values. A key that is a list or a group of keys
// makes the library panic, because no Go map can have it; that is an error of the text here.
func DecodeYAML(decode func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			if !strings.Contains(r.Error(), "unhashable") {
				panic(r)
			}
			err = errors.New("yaml: a key is a list or a group of keys itself: give it a name")
		default:
			panic(r)
		}
	}()
	return decode()
}
