package term_test

import (
	"strings"
	"testing"

	"fincat/vocab/term"
)

// TestResolveIRI holds the examples of RFC 3986 §5.4 and more.
func TestResolveIRI(t *testing.T) {
	const base = "http://a/b/c/d;p?q"
	tests := []struct{ base, ref, want string }{
		{base, "g:h", "g:h"}, {base, "g", "http://a/b/c/g"}, {base, "./g", "http://a/b/c/g"},
		{base, "g/", "http://a/b/c/g/"},
		{base, "/g", "http://a/g"}, {base, "//g", "http://g"}, {base, "?y", "http://a/b/c/d;p?y"},
		{base, "g?y", "http://a/b/c/g?y"},
		{base, "#s", "http://a/b/c/d;p?q#s"}, {base, "g#s", "http://a/b/c/g#s"}, {base, "g?y#s", "http://a/b/c/g?y#s"},
		{base, ";x", "http://a/b/c/;x"}, {base, "g;x", "http://a/b/c/g;x"}, {base, "g;x?y#s", "http://a/b/c/g;x?y#s"},
		{base, "", "http://a/b/c/d;p?q"}, {base, ".", "http://a/b/c/"}, {base, "./", "http://a/b/c/"},
		{base, "..", "http://a/b/"},
		{base, "../", "http://a/b/"}, {base, "../g", "http://a/b/g"}, {base, "../..", "http://a/"},
		{base, "../../", "http://a/"},
		{base, "../../g", "http://a/g"}, {base, "../../../g", "http://a/g"}, {base, "../../../../g", "http://a/g"},
		{base, "/./g", "http://a/g"}, {base, "/../g", "http://a/g"}, {base, "g.", "http://a/b/c/g."},
		{base, ".g", "http://a/b/c/.g"},
		{base, "g..", "http://a/b/c/g.."}, {base, "..g", "http://a/b/c/..g"}, {base, "./../g", "http://a/b/g"},
		{base, "./g/.", "http://a/b/c/g/"}, {base, "g/./h", "http://a/b/c/g/h"}, {base, "g/../h", "http://a/b/c/h"},
		{base, "g;x=1/./y", "http://a/b/c/g;x=1/y"}, {base, "g;x=1/../y", "http://a/b/c/y"},
		{base, "g?y/./x", "http://a/b/c/g?y/./x"},
		{base, "g#s/../x", "http://a/b/c/g#s/../x"}, {base, "http:g", "http:g"},
		{"http://a", "g", "http://a/g"}, {"http://a/資料/x", "保險", "http://a/資料/保險"}, {"urn:a:b", "#c", "urn:a:b#c"},
		{"file:///a/b", "../../c", "file:///c"}, {"http://a/b#f", "", "http://a/b"},
		{base, "http://x/a/../b", "http://x/a/../b"},
	}
	for _, tt := range tests {
		if got, err := term.ResolveIRI(tt.base, tt.ref); err != nil || got != tt.want {
			t.Errorf("ResolveIRI(%q, %q) = %q, %v, want %q", tt.base, tt.ref, got, err, tt.want)
		}
	}
	for _, base := range []string{"", "a/b", "/a"} {
		if got, err := term.ResolveIRI(base, "x"); err == nil {
			t.Errorf("ResolveIRI(%q, \"x\") = %q, want an error", base, got)
		}
	}
}

func TestCheckIRI(t *testing.T) {
	good := []string{
		"http://a", "http://a/b?c#d", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "mailto:a@b.tw",
		"http://例子.tw/資料?查=詢#段", "tel:+886-2-1234",
		"http://[2001:db8::1]:8080/", "http://u:p@h:80/", "file:///c:/x", "http://a/%E8%B3%87", "data:text/plain,hi",
		"a:",
		"http://a/(b)'!*;,:@&=+$~", "http://h/?\ue000",
		"http://[::ffff:192.0.2.1]", "http://u@[::1]:/", "http://[v1.fe80:a+b]/", "http://u:p:%41@h/",
	}
	for _, s := range good {
		if err := term.CheckIRI(s); err != nil {
			t.Errorf("CheckIRI(%q) = %v, want nil", s, err)
		}
	}
	bad := []string{
		"", "a", "/a", "//a/b", "1a:b", ":a", "http://a b", "http://a/b c", "http://a/<b>", "http://a/[b]",
		"http://a/{b}",
		"http://a/b|c", "http://a/b^c", "http://a/`", `http://a/b\c`, `http://a/"`,
		"http://a/%zz", "http://a/%1", "http://a/b#c#d", "http://a/\x00", "http://a/\u0080", "http://a/\ufffe",
		"http://a/\xff", "http://[::1", "http://h:8a/", "http://h/\ue000", "é:a",
		"http://[]/", "http://[1:2]/", "http://[::1]a/", "http://[::1%25eth0]/", "http://[v]/", "http://[v1.]/",
		"http://[v1.a> <b]/", "http://[v1.a@b]/", "http://[vx.a]/", "http://[192.0.2.1]/", "http://a@b@[::1]/",
		"http://u\xdd:\x9fp@h/", "http://u%:41@h/",
	}
	for _, s := range bad {
		if err := term.CheckIRI(s); err == nil {
			t.Errorf("CheckIRI(%q) = nil, want an error", s)
		}
	}
}

func TestRepairIRI(t *testing.T) {
	tests := []struct{ in, want string }{
		{"http://a/b", "http://a/b"}, {"http://a/資料", "http://a/資料"}, {"http://a/b c", "http://a/b%20c"},
		{" http://a/b\n", "http://a/b"},
		{"http://a/[b]", "http://a/%5Bb%5D"}, {"http://a/b|c", "http://a/b%7Cc"}, {"http://a/{b}", "http://a/%7Bb%7D"},
		{"http://a/100%", "http://a/100%25"},
		{"http://a/%20b", "http://a/%20b"}, {"http://a/b#c#d", "http://a/b#c%23d"},
		{"http://[::1]/[x]", "http://[::1]/%5Bx%5D"}, {`http://a/"x"`, "http://a/%22x%22"},
		{"http://u@[::1]:80/[x]", "http://u@[::1]:80/%5Bx%5D"},
		{"http://[v1.a> <b]/", "http://%5Bv1.a%3E%20%3Cb%5D/"},
		{"http://u\xdd:\x9fp@h/", "http://u%DD:%9Fp@h/"},
		{"http://a/\xff", "http://a/%FF"}, {"http://a/\u0080", "http://a/%C2%80"}, {"a b", "a%20b"},
	}
	for _, tt := range tests {
		got, changed := term.RepairIRI(tt.in)
		if got != tt.want || changed != (tt.in != tt.want) {
			t.Errorf("RepairIRI(%q) = %q, %v, want %q", tt.in, got, changed, tt.want)
		}
	}
}

func FuzzRepairIRI(f *testing.F) {
	for _, s := range []string{"http://a/b c", "http://[::1]/", "urn:x", "a%", "http://h:x/", "資料",
		"p://B\xdd:\x9fp:@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fixed, _ := term.RepairIRI(s)
		if again, changed := term.RepairIRI(fixed); changed {
			t.Errorf("RepairIRI(%q) = %q, and again %q", s, fixed, again)
		}
		if term.CheckIRI(s) == nil && fixed != s {
			t.Errorf("RepairIRI(%q) = %q although nothing is wrong", s, fixed)
		}
		if got, err := term.ResolveIRI("http://a/b/c", fixed); err == nil && term.CheckIRI(got) != nil &&
			!strings.Contains(fixed, "//") &&
			!strings.Contains(fixed, ":") {
			t.Errorf("%q resolves to %q: %v", fixed, got, term.CheckIRI(got))
		}
	})
}
