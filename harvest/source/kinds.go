package source

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime/debug"
	"slices"

	"fincat/harvest/mapping"
	"fincat/harvest/problem"
)

// Place tells where in a source something stands.
type Place = problem.Place

// Problem is one thing found wrong with a record or a source.
type Problem = problem.Problem

// Severity grades a problem.
type Severity = problem.Severity

// Error is a failure of a whole source: it says where and what to do.
type Error = problem.Error

// The severities: a record with a violation is not taken over.
const (
	Info      = problem.Info
	Warning   = problem.Warning
	Violation = problem.Violation
)

// GatherFunc gathers the records of a source.
type GatherFunc func(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error]

// Kind is one kind of source.
type Kind struct {
	Name string
	// Gather yields the records. An error ends the stream and means that the
	// gathering is incomplete; it should be an [*Error].
	Gather GatherFunc
	// Volatile names the properties that change without the metadata having
	// changed. They are left out when records are compared.
	Volatile []string
	// Check reports settings that this kind needs and the configuration lacks.
	Check func(c *Config) error
}

// Kinds returns every kind of source, in the order in which help texts list them.
func Kinds() []Kind {
	kinds := []Kind{openAPI(), dataGovTW(), dcatKind(), ldesKind(), ckanKind(), dataJSON(), htmlKind(), schemaOrg(),
		sitemapKind(), rssKind(), oaiPMH(), sparqlKind(), tableKind()}
	for i := range kinds {
		kinds[i].Gather = guarded(kinds[i].Gather)
	}
	return kinds
}

// guarded turns a panic in a kind, or in a parser that it calls, into an error:
// a document of one source must not end the harvests of the others.
func guarded(gather GatherFunc) GatherFunc {
	return func(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
		return func(yield func(*mapping.Record, error) bool) {
			outside := false // in the caller's loop, whose panics are not ours
			defer func() {
				if outside {
					return
				}
				if p := recover(); p != nil {
					yield(nil, fail(Place{URL: s.Config.URL}, "program",
						"report this with the source's address: it is a fault of fincat", "%v at %s", p,
						bytes.TrimSpace(debug.Stack())))
				}
			}()
			gather(ctx, s)(func(r *mapping.Record, err error) bool {
				if r != nil {
					r.CheckCharacters()
				}
				outside = true
				more := yield(r, err)
				outside = false
				return more
			})
		}
	}
}

// errStopped ends a gathering whose records nobody wants any more.
var errStopped = errors.New("stopped")

// KindByName finds a kind.
func KindByName(name string) (Kind, bool) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// KindNames returns the names of [Kinds].
func KindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// fail returns the error of a whole source: where, by which rule, what to do.
func fail(p Place, rule, remedy, format string, args ...any) *Error {
	return problem.Errorf(p, rule, remedy, format, args...)
}

// placeAt is a place inside a document.
func placeAt(address, locator string) Place { return problem.At(address, locator) }
