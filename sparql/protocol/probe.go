package protocol

import (
	"context"
	"fmt"
	"io"
	"strconv"

	knakksparql "github.com/knakk/sparql"
)

// EndpointStatus is what [Client.Probe] found.
type EndpointStatus struct {
	HasData bool  // it answers ASK, and a triple matches
	Triples int64 // -1 when the endpoint does not count
}

// Probe asks an endpoint whether it works: it must answer an ASK query; counting
// its triples may fail.
func (c *Client) Probe(ctx context.Context, endpoint string) (EndpointStatus, error) {
	st := EndpointStatus{Triples: -1}
	q, err := Queries()
	if err != nil {
		return st, err
	}
	if st.HasData, err = c.ask(ctx, endpoint, q, "probe-ask"); err != nil {
		return st, err
	}
	count, err := c.small(ctx, endpoint, q, "probe-count")
	if err != nil || len(count.Results.Bindings) != 1 {
		return st, nil //nolint:nilerr // an endpoint need not count
	}
	if n, err := strconv.ParseInt(count.Results.Bindings[0]["n"].Value, 10, 64); err == nil {
		st.Triples = n
	}
	return st, nil
}

// ask answers a named ASK query. The parser of the client library would do, but
// that it takes a document without an answer for the answer false.
func (c *Client) ask(ctx context.Context, endpoint string, bank knakksparql.Bank, name string) (bool, error) {
	text, err := bank.Prepare(name)
	if err != nil {
		return false, fmt.Errorf("named query %q: %w", name, err)
	}
	a, err := c.Query(ctx, Request{Endpoint: endpoint, Query: text, Accept: acceptJSON})
	if err != nil {
		return false, err
	}
	defer a.Close()
	if a.Results != nil {
		if v, ok := a.Results.Boolean(); ok {
			return v, nil
		}
	}
	return false, endpointError(endpoint, fmt.Errorf("answer to the query %q: true or false was expected", name))
}

const acceptJSON = "application/sparql-results+json"

// smallBytes bounds what is read into memory at once.
const smallBytes = 1 << 20

// small answers a named SELECT query whose result is known to be small. The JSON
// parser of the client library is right for those: the caller looks for the
// binding that it expects, and for no language tag, which its terms would lose.
func (c *Client) small(
	ctx context.Context, endpoint string, bank knakksparql.Bank, name string,
) (*knakksparql.Results, error) {
	text, err := bank.Prepare(name)
	if err != nil {
		return nil, fmt.Errorf("named query %q: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	resp, err := c.send(ctx, Request{Endpoint: endpoint, Query: text, Accept: acceptJSON})
	if err != nil {
		return nil, endpointError(endpoint, err)
	}
	defer closeBody(resp)
	res, err := knakksparql.ParseJSON(io.LimitReader(resp.Body, smallBytes))
	if err != nil {
		return nil, endpointError(endpoint, fmt.Errorf("answer to the query %q: %w", name, err))
	}
	return res, nil
}
