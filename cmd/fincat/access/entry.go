package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Entry is one line of the audit log: who did what, from where, and with which
// commits. A change has two, one before it and one when it is done. Each entry holds
// the hash of the one before.
type Entry struct {
	Number    uint64    `json:"n"` // from 1, without gaps
	Time      time.Time `json:"time"`
	Who       string    `json:"who"`
	Role      Role      `json:"role,omitempty"`
	What      string    `json:"what"`                // method and address of a request, or a command
	From      string    `json:"from"`                // address of the client, or host of the command
	Forwarded string    `json:"forwarded,omitempty"` // from where the request says that a proxy got it
	Status    int       `json:"status,omitempty"`    // of the answer
	Result    string    `json:"result,omitempty"`    // what came of it, such as the IRI of a run
	Commits   []uint64  `json:"commits,omitempty"`
	Begun     bool      `json:"begun,omitempty"`     // the change is about to be made
	Ends      uint64    `json:"ends,omitempty"`      // number of the entry that said Begun
	Recovered bool      `json:"recovered,omitempty"` // the process ended before it could write the entry
	Restored  bool      `json:"restored,omitempty"`  // the commits before belong to the log of another store
	Previous  string    `json:"previous"`            // hash of the entry before; "" in the first
	Hash      string    `json:"hash,omitempty"`      // SHA-256 of this entry without its hash
}

const (
	maxEntryText    = 500 // bytes of one text of an entry
	maxEntryCommits = 100
)

// bound shortens what others have put into an entry.
func (e *Entry) bound() {
	for _, text := range []*string{&e.Who, &e.What, &e.From, &e.Forwarded, &e.Result} {
		*text = strings.ToValidUTF8(*text, "\ufffd")
		if len(*text) > maxEntryText {
			cut := maxEntryText
			for !utf8.RuneStart((*text)[cut]) {
				cut--
			}
			*text = (*text)[:cut] + "…"
		}
	}
	if len(e.Commits) > maxEntryCommits {
		e.Commits = e.Commits[len(e.Commits)-maxEntryCommits:]
	}
}

// line is the entry as the log has it, with a hash that is computed anew.
func (e *Entry) line() ([]byte, error) {
	e.Hash = ""
	b, err := marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(bytes.TrimSuffix(b, []byte("\n")))
	e.Hash = hex.EncodeToString(sum[:])
	return marshal(e)
}

func marshal(e *Entry) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return b.Bytes(), err
}

// parseEntry reads a line, and reports whether anything in it was altered.
func parseEntry(line []byte) (e Entry, err error) {
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("is no entry: %w", err)
	}
	again := e
	want, err := again.line()
	if err != nil {
		return e, err
	}
	if !bytes.Equal(append(line, '\n'), want) {
		return e, fmt.Errorf("was altered: its hash is %.16s…, and that of what it says %.16s…", e.Hash, again.Hash)
	}
	return e, nil
}

// iri names an entry by its hash (RFC 6920).
func iri(hash string) (term.Term, bool) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != sha256.Size {
		return term.Term{}, false
	}
	return term.NewIRI("ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(b)), true
}

// Triples describes the entry as a prov:Activity, named by its hash.
func (e *Entry) Triples() iter.Seq[term.Triple] {
	return func(yield func(term.Triple) bool) {
		s, ok := iri(e.Hash)
		if !ok {
			return
		}
		agent := term.NewBlankNode("a" + strconv.FormatUint(e.Number, 10))
		more := true
		add := func(s term.Term, p string, o term.Term) {
			more = more && yield(term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: o})
		}
		text := func(s term.Term, p, v string) {
			if v != "" {
				add(s, p, term.NewString(v))
			}
		}
		number := func(p string, n uint64) {
			add(s, p, term.NewLiteral(strconv.FormatUint(n, 10), vocab.XSDInteger))
		}
		add(s, vocab.RDFType, term.NewIRI(vocab.PROVActivity))
		add(s, vocab.RDFType, term.NewIRI(vocab.FincatChange))
		number(vocab.FincatNumber, e.Number)
		add(s, vocab.PROVEndedAtTime, dcat.Time(e.Time))
		add(s, vocab.PROVWasAssociatedWith, agent)
		text(agent, vocab.FOAFName, e.Who)
		text(agent, vocab.FincatRole, string(e.Role))
		text(s, vocab.DCTDescription, e.What)
		text(s, vocab.FincatClient, e.From)
		text(s, vocab.FincatForwarded, e.Forwarded)
		if e.Status != 0 {
			text(s, vocab.FincatStatus, strconv.Itoa(e.Status))
		}
		text(s, vocab.FincatResult, e.Result)
		if e.Ends > 0 {
			number(vocab.FincatEnds, e.Ends)
		}
		for _, c := range e.Commits {
			number(vocab.FincatCommit, c)
		}
		if previous, ok := iri(e.Previous); ok {
			add(s, vocab.FincatPrevious, previous)
		}
	}
}
