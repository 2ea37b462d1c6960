package sparql_test

import (
	"context"
	"fmt"
	"log"

	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/term"
)

func ExampleEngine_Query() {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{}) // in memory
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	title := term.NewIRI("http://purl.org/dc/terms/title")
	_, err = s.Commit(ctx, store.Change{Add: []term.Quad{
		{
			Subject:   term.NewIRI("http://example.org/1"),
			Predicate: title,
			Object:    term.NewLangString("上市公司每日收盤價", "zh-Hant"),
		},
		{
			Subject:   term.NewIRI("http://example.org/2"),
			Predicate: title,
			Object:    term.NewLangString("Daily closing prices", "en"),
		},
	}})
	if err != nil {
		log.Fatal(err)
	}
	engine, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		log.Fatal(err)
	}
	res, err := engine.Query(ctx, `
		PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?dataset ?title { ?dataset dct:title ?title FILTER(LANG(?title) = "en") }`, sparql.QueryOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer res.Close()
	for solution, err := range res.Solutions() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(solution[0], solution[1])
	}
	// Output: <http://example.org/2> "Daily closing prices"@en
}
