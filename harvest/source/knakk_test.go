package source

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	knakksparql "github.com/knakk/sparql"
)

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestKnakkSPARQL measures what doc.go says that knakk/sparql is not used for.
// Where a part of it fails, a release has repaired something: look whether the
// kind sparql can send and read with it, and correct doc.go.
func TestKnakkSPARQL(t *testing.T) {
	before := http.DefaultClient
	defer func() { http.DefaultClient = before }()
	asked := 0
	http.DefaultClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked++
		body := io.NopCloser(strings.NewReader(`{"error": "the index is being rebuilt"}`))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
	})}
	repo, err := knakksparql.NewRepo("https://e.example/sparql", knakksparql.Timeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	res, err := repo.Query("SELECT * {}")
	if asked != 1 {
		t.Error("a Repo sends by a client of its own")
	}
	if http.DefaultClient.Timeout != time.Minute {
		t.Error("the option Timeout leaves http.DefaultClient alone")
	}
	if err != nil || len(res.Results.Bindings) != 0 {
		t.Errorf("a JSON object that is no answer gives %v, %v", res, err)
	}
	var methods []string
	for m := range reflect.TypeFor[*knakksparql.Repo]().Methods() {
		methods = append(methods, m.Name)
	}
	want := []string{"Construct", "Query", "QueryWithoutParsing", "SetOption", "Update"}
	if slices.Sort(methods); !slices.Equal(methods, want) {
		t.Errorf("a Repo has the methods %v, not only %v: perhaps it takes a client now", methods, want)
	}
}
