package document

import "fincat/harvest/fetch"

// Entry is one entry of a list: an object of JSON, a line of a table, an element
// of XML.
type Entry struct {
	Values  map[string]any // by the names that the document gives them
	Locator string         // where in the document it stands
	Err     error          // the entry itself is broken
}

// ArrayItems reads the entries of a JSON array that is part of a response.
func ArrayItems(r *fetch.Response, array []byte, at string, yield func(Entry, error) bool) error {
	d, err := New(&fetch.Response{URL: r.URL, Body: array}, fetch.Size(len(array)))
	if err != nil {
		return err
	}
	return d.JSONEntries(nil, at, yield)
}
