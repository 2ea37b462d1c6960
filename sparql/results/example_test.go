package results_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"fincat/sparql/results"
	"fincat/vocab/term"
)

func ExampleNewWriter() {
	w, err := results.NewWriter(os.Stdout, results.TSV, []string{"dataset", "title"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = w.Write(results.Solution{term.NewIRI("https://data.example.tw/dataset/twse/1"),
		term.NewLangString("每日收盤行情", "zh-Hant")})
	_ = w.Close()
	// Output:
	// ?dataset	?title
	// <https://data.example.tw/dataset/twse/1>	"每日收盤行情"@zh-Hant
}

func ExampleRead() {
	doc := `{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"143"}}]}}`
	r, err := results.Read(context.Background(), strings.NewReader(doc), results.JSON)
	if err != nil {
		fmt.Println(err)
		return
	}
	for s, err := range r.Solutions() {
		fmt.Println(s[0], err)
	}
	// Output: "143" <nil>
}
