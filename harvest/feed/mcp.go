package feed

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"fincat/sparql"
	"fincat/sparql/protocol"
)

// maxMCPRequest bounds a message of an assistant, in bytes.
const maxMCPRequest = 256 << 10

// MCP returns the handler of /mcp, with which assistants read the catalogue through the
// Model Context Protocol (streamable HTTP, without sessions: each request stands alone).
// Nothing can be changed through it. An answer is small enough for a context, and each
// dataset comes with its IRI and licence.
func (h *Handler) MCP(version string) http.Handler {
	s := mcp.NewServer(&mcp.Implementation{Name: "fincat", Title: feedTitle, Version: version}, &mcp.ServerOptions{
		Instructions: "Catalogue of Taiwan's financial open data. Begin with overview or search; dataset tells " +
			"all of one dataset. Always name the IRI and licence of what you use. Titles are in Traditional Chinese.",
		Capabilities: &mcp.ServerCapabilities{}, Logger: h.Logger,
	})
	addTool(h, s, "overview", "總覽 Overview", "What the catalogue holds: how many datasets by institution, "+
		"source, theme and format, what they can be joined on, and example queries in SPARQL.", (*assistant).overview)
	addTool(h, s, "search", "搜尋資料集 Search datasets", "Datasets that have all the words of q in title, description, "+
		"keywords, fields, addresses or institution, the best matches first, without q what changed last; narrowed "+
		"down by institution, source, sector, theme, format or time.", (*assistant).search)
	addTool(h, s, "dataset", "資料集 Dataset", "All of one dataset: description, licence, files, fields, quality badge, "+
		"the same dataset elsewhere, and what it can be joined on.", (*assistant).dataset)
	addTool(h, s, "organisations", "機構 Organisations", "The institutions that publish datasets, with their number.",
		(*assistant).organisations)
	addTool(h, s, "joinable", "可串接的資料集 Joinable datasets", "Which datasets can be joined with a dataset, or on an "+
		"identifier such as stock-code or tax-id.", (*assistant).joinable)
	addTool(h, s, "sparql", "SPARQL 查詢", "Answers a SPARQL 1.1 query (SELECT, ASK, CONSTRUCT, DESCRIBE) over the "+
		"whole catalogue in DCAT; dct:, dcat:, foaf:, skos: have to be declared.", (*assistant).sparql)
	addTool(h, s, "preview", "預覽資料列 Preview of rows", "The first rows of a file of a dataset as the quality checks "+
		"saw them, or why there are none; personal data are hidden.", (*assistant).preview)
	one := func(*http.Request) *mcp.Server { return s }
	return single(mcp.NewStreamableHTTPHandler(one, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, Logger: h.Logger, MaxRequestBodyBytes: maxMCPRequest,
		DisableLocalhostProtection: true, // what is here is public, and proxies pass their own Host on
	}))
}

// asking is the key under which the context of a request is kept in itself: the protocol's
// library passes its values on to the tools, and not its end.
type asking struct{}

// single lets requests with one message through, which is all that the protocol has known
// since 2025-06-18: a batch would run any number of tools at once in the place of one request.
func single(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := http.MaxBytesReader(w, r.Body, maxMCPRequest)
		in := bufio.NewReader(body)
		c, err := in.ReadByte()
		for err == nil && strings.IndexByte(" \t\r\n", c) >= 0 {
			c, err = in.ReadByte()
		}
		if err == nil {
			if c == '[' {
				http.Error(w, "a batch of messages: send each in a request of its own", http.StatusBadRequest)
				return
			}
			_ = in.UnreadByte() // just read
		}
		r = r.WithContext(context.WithValue(r.Context(), asking{}, r.Context()))
		r.Body = struct {
			io.Reader
			io.Closer
		}{in, body}
		h.ServeHTTP(w, r)
	})
}

// whileAsked returns a context that ends when ctx does or the request that it comes from.
func whileAsked(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, ok := ctx.Value(asking{}).(context.Context)
	if !ok {
		return ctx, func() { cancel(nil) }
	}
	stop := context.AfterFunc(request, func() { cancel(context.Cause(request)) })
	return ctx, func() { stop(); cancel(nil) }
}

// addTool adds a tool that answers from one state of the catalogue.
func addTool[In, Out any](h *Handler, s *mcp.Server, name, title, about string,
	run func(*assistant, In) (Out, error)) {
	closed := false
	tool := &mcp.Tool{Name: name, Title: title, Description: about,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed}}
	mcp.AddTool(s, tool, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, Out, error) {
		var none Out
		ctx, end := whileAsked(ctx)
		defer end()
		sn, list, err := h.Listing.Current(ctx)
		if err != nil {
			return nil, none, h.told(ctx, name, err)
		}
		defer sn.Close()
		out, err := run(&assistant{h.reader(ctx, sn, list)}, in)
		return nil, out, h.told(ctx, name, err)
	})
}

// askedWrongly is an error that tells an assistant what to ask instead.
type askedWrongly struct{ error }

// told is an error as an assistant hears of it: what it asked wrongly in full, what went
// wrong in here only in the log.
func (h *Handler) told(ctx context.Context, tool string, err error) error {
	if err == nil || errors.As(err, &askedWrongly{}) || errors.Is(err, context.Canceled) { // nobody listens any more
		return err
	}
	h.Logger.ErrorContext(ctx, "assistant", "tool", tool, "error", err)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the answer took too long; ask for less")
	}
	return errors.New("the answer could not be put together; the reason has been logged")
}

// queryFault tells what is wrong with a query in the words that others hear who ask it, and
// lets faults in here be logged.
func queryFault(err error) error {
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, sparql.ErrTimeout):
		return wrongly("the query took too long: %v", err)
	}
	if p := protocol.ProblemOf(err); p.Status != http.StatusInternalServerError {
		return wrongly("%s", p.Detail)
	}
	return err
}
