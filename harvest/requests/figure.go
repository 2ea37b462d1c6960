package requests

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fincat/harvest/quality"
	"fincat/store"
)

// Figure counts the cases of an organisation that were filed in a quarter.
type Figure struct {
	Organisation string `json:"organisation"` // "" of those that nobody is responsible for yet
	Quarter      string `json:"quarter"`      // such as 2026Q4
	Filed        int    `json:"filed"`
	Answered     int    `json:"answered"`
	InTime       int    `json:"in_time"`  // of these
	Late         int    `json:"late"`     // of these
	Open         int    `json:"open"`     // not answered, and still in time
	Overdue      int    `json:"overdue"`  // not answered, and its time is over
	Support      int    `json:"support"`  // in all
	Comments     int    `json:"comments"` // of those that were filed
}

// Quarter names the quarter of a time.
func Quarter(at time.Time) string {
	at = at.In(taipei)
	return fmt.Sprintf("%dQ%d", at.Year(), (int(at.Month())+2)/3)
}

// Figures counts cases by organisation and quarter, the newest quarter first. What is made up does
// not count.
func Figures(list []*Case, now time.Time) []Figure {
	type key struct{ organisation, quarter string }
	all := map[key]*Figure{}
	for _, x := range list {
		if x.Demo {
			continue
		}
		k := key{x.Organisation, Quarter(x.Filed)}
		f := all[k]
		if f == nil {
			f = &Figure{Organisation: k.organisation, Quarter: k.quarter}
			all[k] = f
		}
		f.add(x, now)
	}
	var out []Figure
	for _, f := range all {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(b.Quarter, a.Quarter), cmp.Compare(a.Organisation, b.Organisation))
	})
	return out
}

func (f *Figure) add(x *Case, now time.Time) {
	f.Filed++
	f.Support += x.Support
	if x.Kind.IsComment() {
		f.Comments++
	}
	late := !x.AnswerDue.IsZero() && cmp.Or(x.Answered, now).After(x.AnswerDue)
	switch {
	case !x.Answered.IsZero():
		f.Answered++
		if late {
			f.Late++
		} else {
			f.InTime++
		}
	case late:
		f.Overdue++
	default:
		f.Open++
	}
}

// maxNoted bounds what the indicator and the pack for a meeting look at: the newest.
const maxNoted = 5000

// Noted returns the cases of a store as the indicator 回復效率 and the pack for the advisory group
// take them, with those that the configuration notes. A request counts for the dataset that came of
// it, a comment for its own.
func Noted(s *store.Store, configured quality.Requests) (quality.Requests, error) {
	list, err := Published(s)
	if err != nil {
		return configured, err
	}
	configured.List = slices.Clone(configured.List)
	for _, x := range list[:min(len(list), maxNoted)] {
		if x.Demo {
			continue
		}
		q := quality.DataRequest{Dataset: x.Result, About: x.About(), Asked: date(x.Filed), Answered: date(x.Answered),
			Due: date(x.AnswerDue)}
		if x.Kind.IsComment() {
			q.Dataset = x.Datasets[0]
		}
		configured.List = append(configured.List, q)
	}
	return configured, nil
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(taipei).Format(time.DateOnly)
}
