package link

import (
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// features are what two records are compared by.
type features struct {
	rec       *Record
	titles    []title // the main one first
	owner     Owner
	publisher string // name, folded, of one that is not in the directory
	market    market // of title or code
	addresses []address
	fields    []uint64     // hashes, sorted
	text      xxh3.Uint128 // hash of the description, folded; zero when it is too short to tell
	declared  []string     // keys of what the record says it is
	self      string       // key by which others name the record
	exact     []uint64     // keys of blocks, sorted; see block.go
	grams     []uint64     // keys of pieces of the title, sorted
}

// leastText is how many bytes a description has, folded, that tells anything.
const leastText = 24

// maxTitles is how many titles of a record count.
const maxTitles = 3

// A reader makes features of records and compares them.
type reader struct {
	orgs    *organisations
	x       *lexiconIndex
	weights [levels]weight
}

// addresses reads those of a record.
func (rd *reader) addresses(r *Record) (out []address) {
	for _, s := range r.Addresses {
		if a, ok := readAddress(s, rd.orgs); ok {
			out = append(out, a)
		}
	}
	return out
}

// owner is that of the features of a record, for those who need no more of them.
func (rd *reader) owner(r *Record) Owner {
	var main title
	if len(r.Titles) > 0 {
		main = readTitle(r.Titles[0])
	}
	return rd.orgs.ownerOf(r, &main, rd.addresses(r))
}

func (rd *reader) features(r *Record) *features {
	f := &features{rec: r, publisher: letters(fold(r.Name))}
	if text := letters(fold(r.Text)); len(text) >= leastText {
		f.text = xxh3.HashString128(text)
	}
	f.addresses = rd.addresses(r)
	titles := r.Titles[:min(len(r.Titles), maxTitles)]
	for _, s := range titles {
		f.titles = append(f.titles, readTitle(s))
	}
	if len(f.titles) == 0 {
		f.titles, titles = []title{{}}, []string{""}
	}
	f.owner = rd.orgs.ownerOf(r, &f.titles[0], f.addresses)
	names := rd.orgs.names[f.owner.Org]
	if f.owner.Org == "" && f.publisher != "" {
		names = []string{f.publisher}
	}
	for i := range f.titles {
		f.titles[i].cut(titles[i], f.owner.Org, names, rd.x)
	}
	f.market = f.titles[0].market
	if f.market == 0 && (f.owner.Org == "twse" || f.owner.Org == "tpex") {
		for _, a := range f.addresses {
			for _, c := range a.codes {
				f.market |= codeMarket(c)
			}
		}
	}
	for _, n := range r.Fields {
		if n = letters(fold(n)); n != "" {
			f.fields = append(f.fields, xxh3.HashString(n))
		}
	}
	slices.Sort(f.fields)
	f.fields = slices.Compact(f.fields)
	f.declare()
	f.block(rd)
	for i := range f.titles {
		f.titles[i].names = nil // they were needed for the owner
	}
	return f
}

// declare works out by which keys a record names itself and others.
func (f *features) declare() {
	if f.rec.Portal != "" {
		f.self = "portal:" + f.rec.Portal
	}
	for _, iri := range f.rec.Declared {
		k := "iri:" + strings.TrimSuffix(iri, "/")
		if n := portalNumber(iri); n != "" {
			k = "portal:" + n
		}
		if k != f.self && !slices.Contains(f.declared, k) {
			f.declared = append(f.declared, k)
		}
	}
}
