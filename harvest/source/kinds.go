package source

import (
	"bytes"
	"context"
	"iter"
	"runtime/debug"
	"slices"
)

// Kinds returns every kind of source, in the order in which help texts list them.
func Kinds() []Kind {
	kinds := []Kind{openAPI(), dataGovTW(), dcatKind(), ldesKind(), ckanKind(), dataJSON(), htmlKind(), schemaOrg(), sitemapKind(), rssKind(), oaiPMH(), sparqlKind(), tableKind()}
	for i := range kinds {
		kinds[i].Gather = guarded(kinds[i].Gather)
	}
	return kinds
}

// guarded makes an error of a panic in a kind or in a parser below it: one
// source's document must not end the harvests of the others.
func guarded(gather func(context.Context, *Session) iter.Seq2[*Record, error]) func(context.Context, *Session) iter.Seq2[*Record, error] {
	return func(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
		return func(yield func(*Record, error) bool) {
			outside := false // in the caller's loop, whose panics are not ours
			defer func() {
				if outside {
					return
				}
				if p := recover(); p != nil {
					yield(nil, fail(Place{URL: s.Config.URL}, "program", "report this with the source's address: it is a fault of fincat", "%v at %s", p, bytes.TrimSpace(debug.Stack())))
				}
			}()
			gather(ctx, s)(func(r *Record, err error) bool {
				outside = true
				more := yield(r, err)
				outside = false
				return more
			})
		}
	}
}

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
