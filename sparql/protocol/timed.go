package protocol

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// This file has what a benchmark asks of a client: whole answers, read as fast as they
// come and understood afterwards, and updates.

// Whole sends a query and reads the answer into buf, which it empties first, without
// looking at it. The answer's media type is returned. One that is longer than MaxBytes of
// the options is an error.
func (c *Client) Whole(ctx context.Context, r Request, buf *bytes.Buffer) (mediaType string, err error) {
	return c.whole(ctx, r.Endpoint, r.GenRequest, buf)
}

// Update sends an update request as a form (SPARQL 1.1 Protocol §2.2.1) and waits for the
// endpoint to have carried it out. The client never repeats an update by itself but where
// the options say Retries.
func (c *Client) Update(ctx context.Context, endpoint, text string) error {
	_, err := c.whole(ctx, endpoint, func(address string) (*http.Request, error) {
		form := url.Values{"update": {text}}
		req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", typeForm)
		}
		return req, err
	}, &bytes.Buffer{})
	return err
}

func (c *Client) whole(
	ctx context.Context, endpoint string, build func(string) (*http.Request, error), buf *bytes.Buffer,
) (mediaType string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	buf.Reset()
	resp, err := c.do(ctx, endpoint, build)
	if err != nil {
		return "", endpointError(endpoint, err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(buf, io.LimitReader(resp.Body, c.o.MaxBytes+1))
	switch {
	case err != nil:
		return "", endpointError(endpoint, err)
	case n > c.o.MaxBytes:
		return "", endpointError(endpoint, fmt.Errorf("the answer is longer than %d bytes", c.o.MaxBytes))
	}
	return resp.Header.Get("Content-Type"), nil
}
