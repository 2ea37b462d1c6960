package syntax

// MaxDepth is the greatest nesting of groups, expressions, paths and terms.
const MaxDepth = 512

// Options are the context a request is parsed in.
type Options struct {
	Base     string            // base IRI before any BASE; may be empty
	Prefixes map[string]string // prefixes known before any PREFIX, without colon
}

// ParseQuery parses a query (SPARQL 1.1 §19.8, QueryUnit).
func ParseQuery(text string, o Options) (*Query, error) { return nil, &Error{Message: "under way"} }

// ParseUpdate parses an update request (SPARQL 1.1 §19.8, UpdateUnit).
func ParseUpdate(text string, o Options) (*Update, error) { return nil, &Error{Message: "under way"} }
