package requests

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// private is what is kept of a case outside of the store: about people, and as long as it is not
// published the case itself.
type private struct {
	Case      *Case           `json:"case,omitempty"`    // while it is not published
	Address   string          `json:"address,omitempty"` // "" when it was deleted
	Lang      string          `json:"lang,omitempty"`
	Asked     time.Time       `json:"asked"`               // of what is refused: when that was
	Supported []string        `json:"supported,omitempty"` // keyed hashes of addresses
	Before    int             `json:"before,omitempty"`    // support that counted before the first of these
	Told      map[string]bool `json:"told,omitempty"`      // reminders that were sent, by state and deadline
	Mails     []letter        `json:"mails,omitempty"`     // that are to be sent
}

// letter is a mail that is to be sent.
type letter struct {
	ID      string    `json:"id"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Tries   int       `json:"tries,omitempty"`
	Next    time.Time `json:"next,omitzero"`
	Last    bool      `json:"last,omitempty"` // the address is deleted when it was sent
}

const (
	secretFile   = "secret"
	maxPrivate   = 16 << 20 // bytes of a file
	maxSupport   = 50_000   // of one request
	maxLetters   = 50       // of one case that wait
	caseFileTail = ".json"
)

var caseID = regexp.MustCompile(`^[0-9]{8}-[a-z2-7]{6}$`)

// vault is the private folder.
type vault struct {
	dir    string
	secret []byte
}

// openVault makes the folder where there is none. It is for the user of the server only.
func openVault(dir string) (*vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of those who ask: %w", err)
	}
	v := &vault{dir: dir}
	file := filepath.Join(dir, secretFile)
	var err error
	if v.secret, err = os.ReadFile(file); errors.Is(err, os.ErrNotExist) {
		v.secret = make([]byte, 32)
		_, _ = rand.Read(v.secret) // it never fails
		err = v.write(secretFile, v.secret)
	}
	if err == nil && len(v.secret) != 32 {
		err = fmt.Errorf("%s is damaged: take it away, then links in mails that were sent are no longer valid", file)
	}
	return v, err
}

// write replaces a file as a whole.
func (v *vault) write(name string, content []byte) error {
	file := filepath.Join(v.dir, name)
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep what was sent: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = errors.Join(os.Rename(file+".new", file), v.sync())
	}
	if err != nil {
		return fmt.Errorf("keep what was sent: %w", errors.Join(err, os.Remove(file+".new")))
	}
	return nil
}

// sync has the disk know which files there are: what was deleted stays deleted.
func (v *vault) sync() error {
	f, err := os.Open(v.dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (v *vault) save(id string, p *private) error {
	text, err := json.Marshal(p)
	if err == nil && len(text) > maxPrivate {
		err = fmt.Errorf("what is kept of %s has %d bytes, at most %d are possible", id, len(text), maxPrivate)
	}
	if err != nil {
		return err
	}
	return v.write(id+caseFileTail, text)
}

func (v *vault) remove(id string) error {
	err := os.Remove(filepath.Join(v.dir, id+caseFileTail))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, v.sync())
}

// load reads all files; what a crash has left of writing one is taken away.
func (v *vault) load() (map[string]*private, error) {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, err
	}
	out := map[string]*private{}
	for _, e := range entries {
		file := filepath.Join(v.dir, e.Name())
		if strings.HasSuffix(e.Name(), ".new") {
			if err := os.Remove(file); err != nil {
				return nil, err
			}
			continue
		}
		id, ok := strings.CutSuffix(e.Name(), caseFileTail)
		if !ok || !caseID.MatchString(id) {
			continue
		}
		text, err := os.ReadFile(file)
		var p private
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w: take the file away, then who filed that is forgotten", file, err)
		}
		out[id] = &p
	}
	return out, nil
}

// sign is a keyed hash, for links and for what stands for an address.
func (v *vault) sign(parts ...string) string {
	m := hmac.New(sha256.New, v.secret)
	for _, p := range parts {
		m.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// is compares a signature in constant time.
func (v *vault) is(signature string, parts ...string) bool {
	return hmac.Equal([]byte(signature), []byte(v.sign(parts...)))
}

// person stands for an address, which cannot be read off it.
func (v *vault) person(same string) string { return v.sign("person", same) }

// post puts a mail into the outbox of a case, the oldest giving way where there are too many.
func (p *private) post(l letter) {
	l.ID = strings.ToLower(rand.Text())
	if len(p.Mails) >= maxLetters {
		p.Mails = p.Mails[1:]
	}
	p.Mails = append(p.Mails, l)
}

// forget deletes the address, and mails to it.
func (p *private) forget() {
	to := p.Address
	p.Address, p.Lang = "", ""
	p.Mails = slices.DeleteFunc(p.Mails, func(l letter) bool { return slices.Contains(l.To, to) })
}

// empty reports whether nothing is left to be kept.
func (p *private) empty() bool {
	return p.Case == nil && p.Address == "" && len(p.Supported) == 0 && len(p.Told) == 0 && len(p.Mails) == 0
}

func (p *private) clone() *private {
	out := *p
	if p.Case != nil {
		out.Case = p.Case.clone()
	}
	out.Supported, out.Mails = slices.Clone(p.Supported), slices.Clone(p.Mails)
	out.Told = map[string]bool{}
	for k := range p.Told {
		out.Told[k] = true
	}
	return &out
}

// lang is the language of mails to who filed it.
func (p *private) lang() string { return cmp.Or(p.Lang, "zh") }
