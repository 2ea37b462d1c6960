package protocol_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
)

// A server of its own: put a graph in, ask a question, read the answer.
func ExampleNewHandler() {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	engine, err := sparql.New(sparql.Options{Store: st})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := protocol.NewHandler(protocol.Options{Engine: engine, Store: st,
		Authorize: func(r *http.Request) (author string, err error) {
			if r.Header.Get("Authorization") != "Bearer secret" {
				return "", &protocol.Problem{Status: http.StatusUnauthorized, Detail: "who are you?"}
			}
			return "alice", nil
		}})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	graph := server.URL + "/data?graph=" + url.QueryEscape("https://data.example.tw/graph/twse/1")
	const triple = `<https://data.example.tw/dataset/twse/1> <http://purl.org/dc/terms/title> "每日收盤行情"@zh-Hant .`
	put, err := http.NewRequestWithContext(ctx, http.MethodPut, graph, strings.NewReader(triple))
	if err != nil {
		fmt.Println(err)
		return
	}
	put.Header.Set("Content-Type", "text/turtle")
	put.Header.Set("Authorization", "Bearer secret")
	resp, err := http.DefaultClient.Do(put)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)

	query := "SELECT ?title { ?d <http://purl.org/dc/terms/title> ?title }"
	answer, err := http.Get(server.URL + "/sparql?format=csv&query=" + url.QueryEscape(query))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	fmt.Println(strings.Fields(string(text)), err)
	// Output:
	// 201 Created
	// [title 每日收盤行情] <nil>
}
