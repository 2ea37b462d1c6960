package rdfio

import (
	"context"
	"strings"
	"testing"
)

func TestNQuadsSmoke(t *testing.T) {
	in := "<http://e/s> <http://e/p> \"a\\n保險\"@zh-hant-tw <http://e/g> .\n_:b <http://e/p> <<( _:b <http://e/p> \"x\"^^<http://e/d> )>> . # c\n"
	qs, err := ReadAll(context.Background(), strings.NewReader(in), ReadOptions{Format: NQuads})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Write(context.Background(), &b, NQuads, All(qs), WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(strings.Replace(in, "zh-hant-tw", "zh-Hant-TW", 1), " # c", "", 1)
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}
