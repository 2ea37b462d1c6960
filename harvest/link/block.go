package link

import (
	"slices"

	"github.com/zeebo/xxh3"
)

// Records are compared only when they have a key in common: a name of the
// dataset, an address, a code of the same organisation, a title, or a piece of a
// title. A key that more than maxBlock records have tells nothing.
const maxBlock = 256

// pieces is how many pieces of a title are keys. Those with the smallest hashes
// are taken, so that similar titles take the same ones.
const pieces = 12

// block works out the keys of a record.
func (f *features) block(rd *reader) {
	add := func(kind, s string) { f.exact = append(f.exact, xxh3.HashString(kind+"\x00"+s)) }
	for _, k := range append([]string{f.self}, f.declared...) {
		if k != "" {
			add("name", k)
		}
	}
	for _, a := range f.addresses {
		if a.whole != "" {
			f.exact = append(f.exact, addressKey(a.whole))
		}
		for _, c := range a.codes {
			f.exact = append(f.exact, f.codeKeys(a, c)...)
		}
	}
	for i := range f.titles {
		if t := &f.titles[i]; t.whole != "" {
			add("title", t.whole)
			add("core", t.core)
		}
	}
	f.grams = f.titles[0].pieces(rd.x)
	slices.Sort(f.exact)
	f.exact = slices.Compact(f.exact)
}

func addressKey(whole string) uint64 { return xxh3.HashString("address\x00" + whole) }

// codeKeys returns the keys of a code: of the organisation that runs the host,
// and of the owner, where that is another one.
func (f *features) codeKeys(a address, code string) []uint64 {
	out := []uint64{xxh3.HashString("code\x00" + a.org + "\x00" + code)}
	if w := f.owner.Org; w != a.org && f.owner.certain() {
		out = append(out, xxh3.HashString("code\x00"+w+"\x00"+code))
	}
	return out
}

// pieces returns the keys of pairs of neighbouring tokens, without those of
// which the national catalogue is full.
func (t *title) pieces(x *lexiconIndex) []uint64 {
	var out []uint64
	for i := 1; i < len(t.tokens); i++ {
		if x.common[[2]token{t.tokens[i-1], t.tokens[i]}] {
			continue
		}
		out = append(out, xxh3.HashString("piece\x00"+key(t.tokens[i-1:i+1])))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), pieces)]
}

// commonPieces are pairs of words and characters that hundreds of titles of
// the national catalogue have.
const commonPieces = `臺北 北市 臺中 中市 高雄 雄市 新北 臺南 南市 政府 市政 縣政 府政 單位 位預 預算 位決 決算 會計 計報 計月 月報
	附屬 屬單 服務 土地 案件 基金 人數 報告 公告 計畫 新竹 花蓮 桃園 委員 員會 行政 案件數 公司 金融`
