package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/store"
	"fincat/vocab/dcat"
)

// Token is what the store keeps of a bearer token. The token itself is shown once,
// when it is made.
type Token struct {
	Name         string    `json:"name"`
	Role         Role      `json:"role"`
	Organisation string    `json:"organisation,omitempty"` // identifier in the directory
	Created      time.Time `json:"created"`
	Expires      time.Time `json:"expires,omitzero"` // zero: never
	Used         time.Time `json:"used,omitzero"`    // last use, to within usedWithin
	Hash         string    `json:"hash,omitempty"`   // SHA-256 in hexadecimal; not in lists
}

// Tokens are those of one store. They are named values, not quads, so that no query,
// feed or dump reaches their hashes; a backup has them. Tokens may be used by several
// goroutines at a time.
type Tokens struct {
	s   *store.Store
	now func() time.Time
	mu  sync.Mutex // held while the values are changed
}

// NewTokens returns the tokens of a store.
func NewTokens(s *store.Store) *Tokens { return &Tokens{s: s, now: time.Now} }

const (
	tokensKey = "access/tokens" // all of them, as JSON
	usedKey   = "access/used/"  // and a name: when that token was used last

	// tokenPrefix lets people and secret scanners recognise a token.
	tokenPrefix = "fincat_"

	// usedWithin is how old the last use that is noted has to be before a newer one is
	// noted, so that not every request makes a commit.
	usedWithin = time.Hour
)

// Errors of [Tokens].
var (
	ErrTaken   = errors.New("there is a token of that name")
	ErrUnknown = errors.New("there is no token of that name")
)

// ArgumentError says what is wrong with the token that somebody wants.
type ArgumentError struct{ reason string }

func (e *ArgumentError) Error() string { return e.reason }

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// check reports what is wrong with a token that is to be made.
func (t Token) check(now time.Time) error {
	switch {
	case !tokenName.MatchString(t.Name), t.Name == EnvironmentName, t.Name == WithoutToken:
		return &ArgumentError{fmt.Sprintf("the name %.70q is not one of at most 64 letters, digits and . _ @ -, or "+
			"it is reserved", t.Name)}
	case t.Role == Provider && t.Organisation == "":
		return &ArgumentError{"a provider answers for an organisation: name it"}
	case !t.Expires.IsZero() && !t.Expires.After(now):
		return &ArgumentError{fmt.Sprintf("the expiry %s is not in the future", t.Expires.Format(time.RFC3339))}
	}
	if _, err := ParseRole(string(t.Role)); err != nil {
		return &ArgumentError{err.Error()}
	}
	if t.Organisation == "" {
		return nil
	}
	directory, err := dcat.NewDirectory()
	if err != nil {
		return err
	}
	if _, ok := directory.ByID(t.Organisation); !ok {
		return &ArgumentError{fmt.Sprintf("the directory has no organisation %.70q", t.Organisation)}
	}
	return nil
}

// Add makes a token with the name, role, organisation and expiry of t. It returns
// the token, which nobody can find out again, and the commit.
func (t *Tokens) Add(ctx context.Context, wanted Token, by string) (token string, seq uint64, err error) {
	wanted.Created, wanted.Used = t.now().UTC().Truncate(time.Second), time.Time{}
	if err := wanted.check(t.now()); err != nil {
		return "", 0, err
	}
	token = tokenPrefix + rand.Text()
	hash := sha256.Sum256([]byte(token))
	wanted.Hash = hex.EncodeToString(hash[:])
	seq, err = t.change(ctx, by, wanted.Name, func(all []Token) ([]Token, error) {
		if slices.ContainsFunc(all, func(o Token) bool { return strings.EqualFold(o.Name, wanted.Name) }) {
			return nil, fmt.Errorf("add token %s: %w", wanted.Name, ErrTaken)
		}
		return append(all, wanted), nil
	})
	if err != nil {
		return "", 0, err
	}
	return token, seq, nil
}

// Remove makes a token useless at once.
func (t *Tokens) Remove(ctx context.Context, name, by string) (seq uint64, err error) {
	return t.change(ctx, by, name, func(all []Token) ([]Token, error) {
		rest := slices.DeleteFunc(slices.Clone(all), func(o Token) bool { return o.Name == name })
		if len(rest) == len(all) {
			return nil, fmt.Errorf("remove token %.70s: %w", name, ErrUnknown)
		}
		return rest, nil
	})
}

// change replaces all tokens, and forgets the last use of the one of that name.
func (t *Tokens) change(ctx context.Context, by, name string, change func([]Token) ([]Token, error)) (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, err := t.load()
	if err != nil {
		return 0, err
	}
	if all, err = change(all); err != nil {
		return 0, err
	}
	slices.SortFunc(all, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	value, err := json.Marshal(all)
	if err != nil {
		return 0, err
	}
	c, err := t.s.Commit(ctx, store.Change{
		Put:  map[string][]byte{tokensKey: value, usedKey + name: nil},
		Note: store.Note{Author: by},
	})
	if err != nil {
		return 0, fmt.Errorf("tokens: %w", err)
	}
	return c.Seq, nil
}

// load reads all tokens.
func (t *Tokens) load() (all []Token, err error) {
	value, ok, err := t.s.Get(tokensKey)
	if err == nil && ok {
		err = json.Unmarshal(value, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	return all, nil
}

// List returns all tokens, sorted by name, with their last use and without hashes.
func (t *Tokens) List() ([]Token, error) {
	all, err := t.load()
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Hash = ""
		if all[i].Used, err = t.used(all[i].Name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *Tokens) used(name string) (at time.Time, err error) {
	value, ok, err := t.s.Get(usedKey + name)
	if err != nil || !ok {
		return at, err
	}
	return at, at.UnmarshalText(value)
}

// ErrNotValid and ErrExpired say why a token is not taken.
var (
	ErrNotValid = errors.New("the bearer token is not valid")
	ErrExpired  = errors.New("the bearer token has expired")
)

// identify returns whose the token with a hash is, and notes that it was used.
func (t *Tokens) identify(ctx context.Context, sum [sha256.Size]byte) (Identity, error) {
	all, err := t.load()
	if err != nil {
		return Identity{}, err
	}
	got := []byte(hex.EncodeToString(sum[:]))
	found := -1
	for i := range all { // all of them, so that the time does not tell which one was nearly right
		if subtle.ConstantTimeCompare(got, []byte(all[i].Hash)) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Identity{}, ErrNotValid
	}
	own := all[found]
	if !own.Expires.IsZero() && !t.now().Before(own.Expires) {
		return Identity{}, ErrExpired
	}
	// Another error, such as a full disk, keeps nobody out: they may come to make room.
	if err := t.use(ctx, own); errors.Is(err, ErrNotValid) {
		return Identity{}, err
	}
	return Identity{own.Name, own.Role, own.Organisation}, nil
}

// use notes that a token is being used. The error is ErrNotValid when it was removed
// meanwhile.
func (t *Tokens) use(ctx context.Context, own Token) error {
	now := t.now().UTC().Truncate(time.Second)
	if last, err := t.used(own.Name); err != nil || now.Sub(last) < usedWithin {
		return err
	}
	value, err := now.MarshalText()
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all, err := t.load()
	if err != nil || !slices.ContainsFunc(all, func(o Token) bool { return o.Hash == own.Hash }) {
		return errors.Join(err, ErrNotValid)
	}
	_, err = t.s.Commit(ctx, store.Change{Put: map[string][]byte{usedKey + own.Name: value}})
	return err
}

// ParseExpiry reads when a token expires: a time (RFC 3339), a date, at whose
// beginning in local time it does, or how long from now, such as 90d or 12h; "" is
// never.
func ParseExpiry(text string, now time.Time) (at time.Time, err error) {
	if text == "" {
		return at, nil
	}
	if at, err = time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	if at, err = time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return at.UTC(), nil
	}
	hours := text
	factor := time.Duration(1)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		hours, factor = days+"h", 24
	}
	span, err := time.ParseDuration(hours)
	if err != nil || span <= 0 || span > 100*365*24*time.Hour/factor {
		return time.Time{}, &ArgumentError{fmt.Sprintf("the expiry %.40q is no date such as 2027-12-31, no time and "+
			"no span such as 90d", text)}
	}
	return now.Add(span * factor).UTC().Truncate(time.Second), nil
}
