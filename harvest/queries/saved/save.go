package saved

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Draft is what is to be saved.
type Draft struct {
	Name   string // "": the one that belongs to the text
	Title  string // "": a short link, which has no name of its own
	Text   string
	Author string
	// May says whether the author may put a version after those of somebody else.
	May func(owner string) bool
	Now time.Time
}

// A DraftError says what is wrong with what is to be saved. Taken says that the name is
// another's.
type DraftError struct {
	Detail string
	Taken  bool
}

func (e *DraftError) Error() string { return e.Detail }

// Save keeps a query, or a version of one that is there. Who saves what is there already gets
// that, and no commit.
// Nobody else may save or remove at the same time. The error is a [DraftError] when the draft is wrong.
func Save(ctx context.Context, s *store.Store, base dcat.Base, d Draft) (*Query, store.Commit, error) {
	if err := d.check(); err != nil {
		return nil, store.Commit{}, &DraftError{Detail: err.Error()}
	}
	return d.save(ctx, s, base)
}

// check completes the draft and says what is wrong with it.
func (d *Draft) check() error {
	d.Text = strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n")) + "\n"
	d.Title = strings.Join(strings.Fields(d.Title), " ")
	switch {
	case len(d.Text) > MaxText || !utf8.ValidString(d.Text):
		return fmt.Errorf("query: it is UTF-8 and at most %d bytes long", MaxText)
	case utf8.RuneCountInString(d.Title) > MaxTitle || !utf8.ValidString(d.Title) ||
		strings.ContainsFunc(d.Title, unicode.IsControl):
		return fmt.Errorf("title: it is at most %d characters long", MaxTitle)
	case d.Title == "" && d.Name != "" && d.Name != Name(d.Text):
		return errors.New("title: a query with a name needs one")
	}
	if d.Title == "" {
		d.Name = Name(d.Text)
	} else if err := CheckName(d.Name); err != nil {
		return err
	}
	_, err := Check(d.Text)
	return err
}

func (d *Draft) save(ctx context.Context, s *store.Store, base dcat.Base) (*Query, store.Commit, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return nil, store.Commit{}, err
	}
	defer sn.Close()
	q, err := Find(ctx, sn, base, d.Name)
	switch {
	case errors.Is(err, ErrNone):
		list, err := listNames(ctx, sn, base)
		if err != nil {
			return nil, store.Commit{}, err
		}
		if len(list) >= MaxQueries {
			return nil, store.Commit{}, &DraftError{Detail: fmt.Sprintf(
				"there are %d saved queries, which is as many as there can be: remove some", len(list))}
		}
		q = &Query{Name: d.Name}
	case err != nil:
		return nil, store.Commit{}, err
	case q.Newest().Text == d.Text && q.Newest().Title == d.Title:
		return q, store.Commit{}, nil
	case !d.May(q.Owner()):
		return nil, store.Commit{}, &DraftError{Taken: true,
			Detail: fmt.Sprintf("%s is a query of %s: choose another name", d.Name, q.Owner())}
	case len(q.Versions) >= MaxVersions:
		return nil, store.Commit{}, &DraftError{Detail: fmt.Sprintf(
			"%s has %d versions, which is as many as there can be: choose another name", d.Name, MaxVersions)}
	}
	v := Version{Number: 1, Title: d.Title, Text: d.Text, Author: d.Author, Made: d.Now.Truncate(time.Second)}
	if len(q.Versions) > 0 {
		v.Number = q.Newest().Number + 1
	}
	q.Versions = append([]Version{v}, q.Versions...)
	quads, err := q.quads(base)
	if err != nil {
		return nil, store.Commit{}, err
	}
	commit, err := s.Commit(ctx, store.Change{Note: store.Note{Author: d.Author},
		Replace: map[term.Term][]term.Quad{term.NewIRI(graphOf(base, d.Name)): quads}})
	return q, commit, err
}

// Remove takes a query away with all its versions. What is known of the past keeps them.
func Remove(ctx context.Context, s *store.Store, base dcat.Base, name, author string) (store.Commit, error) {
	return s.Commit(ctx, store.Change{Note: store.Note{Author: author},
		Drop: []term.Term{term.NewIRI(graphOf(base, name))}})
}
