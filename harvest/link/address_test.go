package link

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadAddress(t *testing.T) {
	tests := []struct {
		in, org, whole string
		codes          []string
	}{
		{
			"https://mopsfin.twse.com.tw/opendata/t187ap45_L.csv",
			"twse", "mopsfin.twse.com.tw/opendata/t187ap45_l", []string{"t187ap45_l"},
		},
		{
			"HTTP://www.twse.com.tw:80/block/BFIAUU?response=open_data&selectType=S",
			"twse", "twse.com.tw/block/bfiauu?selecttype=s", []string{"bfiauu"},
		},
		{
			"https://www.taifex.com.tw/data_gov/x_open_data.asp?data_name=va13",
			"taifex", "taifex.com.tw/data_gov/x_open_data?data_name=va13", []string{"x_open_data", "va13"},
		},
		{
			"https://www.tpex.org.tw/openapi/v1/mopsfin_t187ap03_O",
			"tpex", "tpex.org.tw/openapi/v1/mopsfin_t187ap03_o", []string{"mopsfin_t187ap03_o", "t187ap03_o"},
		},
		{
			"https://stat.fsc.gov.tw/x/api/CSV_EXPORT?TableID=A80&OUTPUT_FILE=Y",
			"fsc", "stat.fsc.gov.tw/x/api/csv_export?tableid=a80", []string{"a80"},
		},
		{"https://www.cdic.gov.tw/upload/%E5%B9%B4%E5%A0%B1.csv", "cdic", "cdic.gov.tw/upload/年報", nil},
		{"https://a.gov.tw/f?file=1;filedisplay=x", "a.gov.tw", "a.gov.tw/f?file=1", nil},
		{"https://www.twse.com.tw/", "twse", "", nil},
	}
	orgs := newOrganisations(directory(t))
	for _, tt := range tests {
		a, ok := readAddress(tt.in, orgs)
		if !ok || a.org != tt.org || a.whole != tt.whole || !slices.Equal(a.codes, tt.codes) {
			t.Errorf("readAddress(%q) = %+v, %v, want %s %s %v", tt.in, a, ok, tt.org, tt.whole, tt.codes)
		}
	}
	for _, in := range []string{"", "44", "no address", "file:///x", "http://%zz"} {
		if a, ok := readAddress(in, orgs); ok {
			t.Errorf("readAddress(%q) = %+v", in, a)
		}
	}
}

func TestPortalNumber(t *testing.T) {
	for in, want := range map[string]string{
		"https://data.gov.tw/dataset/11672": "11672", "http://data.gov.tw/node/5961": "5961",
		"https://data.gov.tw/":                "",
		"https://cms.data.gov.tw/dataset/8#x": "8", "https://example.tw/dataset/5": "", "11672": "",
		"https://data.gov.tw/api/front/dataset/dcat.download?nid=5961": "5961",
	} {
		if got := portalNumber(in); got != want {
			t.Errorf("portalNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCodesOfOneOrganisation asks that the same word on the hosts of different
// organisations is no common code, and that a word which many records have is
// none either.
func TestCodesOfOneOrganisation(t *testing.T) {
	l, _ := linked(t)
	l.Put(record("s", "taifex", "甲乙丙丁戊己", "https://openapi.taifex.com.tw/v1/va13"))
	other := record("portal", "securities-futures-bureau", "子丑寅卯辰巳", "https://www.tpex.org.tw/x?name=va13")
	other.Portal = "1"
	l.Put(other)
	if links := l.Links(); len(links) != 0 {
		t.Errorf("linked by the code of another organisation: %+v", links)
	}
	same := record("portal", "securities-futures-bureau", "午未申酉戌亥", "https://www.taifex.com.tw/x?name=va13")
	same.Portal = "2"
	l.Put(same)
	links := l.Links()
	if len(links) != 1 || links[0].State != Accepted || links[0].Object != same.IRI {
		t.Errorf("by the code of the same organisation: %+v", links)
	}
	for i, title := range []string{"春", "夏", "秋"} {
		r := record("portal", "securities-futures-bureau", title+"午未申酉戌", "https://www.taifex.com.tw/x?name=va13")
		r.Portal = string(rune('3' + i))
		l.Put(r)
	}
	for _, k := range l.Links() {
		if k.State == Accepted {
			t.Errorf("by a code that many have: %+v", k)
		}
	}
}

// TestDeclared asks that a record which names another is linked to it, whatever
// it is called.
func TestDeclared(t *testing.T) {
	l, _ := linked(t)
	own := record("s", "nccc", "甲乙丙丁")
	own.Declared = []string{"https://data.gov.tw/dataset/77"}
	there := record("portal", "banking-bureau", "子丑寅卯")
	there.Portal = "77"
	l.Put(own)
	l.Put(there)
	if links := l.Links(); len(links) != 1 || links[0].State != Accepted {
		t.Errorf("links: %+v", links)
	}
}

// FuzzAddress asks of any text that what is read from it begins with its host,
// whichever scheme and however many www. stand before, and that its codes are codes.
func FuzzAddress(f *testing.F) {
	f.Add("https://www.taifex.com.tw/data_gov/taifex_open_data.asp?data_name=va13&a=%E5;b")
	f.Add("s://w/://\xee")
	orgs := newOrganisations(directory(f))
	f.Fuzz(func(t *testing.T, in string) {
		a, ok := readAddress(in, orgs)
		if !ok {
			return
		}
		u, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(in), " ", "%20"))
		if err != nil {
			t.Fatalf("readAddress(%q) takes what is no address: %v", in, err)
		}
		rest, here := strings.CutPrefix(a.whole, strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."))
		if a.whole != "" && (!here || rest == "" || rest[0] != '/' && rest[0] != '?') {
			t.Errorf("readAddress(%q).whole = %q, which is no host with what follows", in, a.whole)
		}
		for _, c := range a.codes {
			if !isCode(c) {
				t.Errorf("readAddress(%q) has the code %q", in, c)
			}
		}
		u.Scheme = "ftp"
		if other, ok := readAddress(u.String(), orgs); !ok || !reflect.DeepEqual(other, a) {
			t.Errorf("readAddress(%q) = %+v, but by ftp (%v) %+v", in, a, u, other)
		}
	})
}

func FuzzSSSOM(f *testing.F) {
	f.Add("# curie_map:\n#   a: \"http://a/\"\nsubject_id\tpredicate_id\tobject_id\tmapping_justification\n" +
		"a:1\towl:sameAs\ta:2\tsemapv:ManualMappingCuration\n")
	f.Fuzz(func(t *testing.T, in string) {
		list, _, err := ReadSSSOM(strings.NewReader(in))
		for _, d := range list {
			if err == nil && (d.Subject == "" || d.Object == "" || d.State != Confirmed && d.State != Refused) {
				t.Errorf("%q gives %+v", in, d)
			}
		}
	})
}

func TestReadSSSOMFaults(t *testing.T) {
	const head = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tpredicate_modifier\n"
	const manual = "\thttps://w3id.org/semapv/vocab/ManualMappingCuration\t"
	same := "http://www.w3.org/2002/07/owl#sameAs"
	for in, want := range map[string]string{
		"subject_id\tobject_id\n":                                          "no column predicate_id",
		head + "http://a/1\t" + same + "\t" + manual + "\n":                "is empty",
		head + "http://a/1\t" + same + "\thttp://a/2" + manual + "Maybe\n": "predicate_modifier",
		head + "http://a/1\thttp://x/related\thttp://a/2" + manual + "\n":  "predicate_id is",
	} {
		if _, _, err := ReadSSSOM(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadSSSOM(%q) = %v, want %q", in, err, want)
		}
	}
}
