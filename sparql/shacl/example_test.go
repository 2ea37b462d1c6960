package shacl_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab/rdfio"
)

func ExampleValidate() {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{}) // in memory
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	data := `<http://e/d> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "Rates" .`
	in := store.Input{Path: "data.ttl", Reader: strings.NewReader(data), Format: rdfio.Turtle}
	if _, err := s.Load(ctx, []store.Input{in}, store.LoadOptions{}); err != nil {
		log.Fatal(err)
	}
	quads, _, err := shacl.Builtin("dcat-ap-mandatory")
	if err != nil {
		log.Fatal(err)
	}
	shapes, err := shacl.Compile(quads, nil)
	if err != nil {
		log.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		log.Fatal(err)
	}
	defer sn.Close()
	for r, err := range shacl.Validate(ctx, sn, shapes, shacl.Options{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Focus, r.Path(), r.Language("en"))
	}
	// Output: <http://e/d> dct:description must have at least 1 value(s)
}
