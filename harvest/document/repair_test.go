package document

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"fincat/harvest/fetch"
)

func TestRepairXML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"right", `<a b="&lt;&#20013;">x<!-- & --><![CDATA[a & b &nbsp;]]>，</a>`,
			`<a b="&lt;&#20013;">x<!-- & --><![CDATA[a & b &nbsp;]]>，</a>`},
		{"ampersand", `<a b="?x=1&y=2">R&D & &</a>`, `<a b="?x=1&amp;y=2">R&amp;D &amp; &amp;</a>`},
		{"entity of HTML", "<a>a&nbsp;b&eacute;</a>", "<a>a\u00a0bé</a>"},
		{"no entity", "<a>&boom;</a>", "<a>&amp;boom;</a>"},
		{"declared entity", `<!DOCTYPE a [<!ENTITY boom "x">]><a>&boom;</a>`,
			`<!DOCTYPE a [<!ENTITY boom "x">]><a>&boom;</a>`},
		{"control character", "<a>b\x03c\x00\t\r\n</a>", "<a>b\uFFFDc\uFFFD\t\r\n</a>"},
		{"control character in CDATA", "<a><![CDATA[b\x03]]></a>", "<a><![CDATA[b\uFFFD]]></a>"},
		{"reference to none", "<a>&#3;&#x0;&#xD800;&#65534;&#99999999;</a>",
			"<a>\uFFFD\uFFFD\uFFFD\uFFFD&amp;#99999999;</a>"},
		{"no character", "<a>\uFFFE\uFFFF</a>", "<a>\uFFFD\uFFFD</a>"},
	}
	for _, tt := range tests {
		for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			got, err := io.ReadAll(RepairXML(&fetch.Response{}, in))
			if err != nil || string(got) != tt.want {
				t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
			}
		}
	}
}

func TestRepairJSON(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"right", "{\"a\":\n\"b\\n\\u4e2d\\\"\\\\\"}", "{\"a\":\n\"b\\n\\u4e2d\\\"\\\\\"}"},
		{"line feed in a string", "[\"a\nb\tc\r\"]", `["a\nb\tc\r"]`},
		{"control character in a string", "[\"a\x03\x00\"]", "[\"a\uFFFD\uFFFD\"]"},
		{"control character between", "[1,\x002]", "[1, 2]"},
		{"wrong escape", `["C:\x\'","\u12","\"\\"]`, `["C:\\x\\'","\\u12","\"\\"]`},
	}
	for _, tt := range tests {
		for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			got, err := io.ReadAll(repairJSON(&fetch.Response{}, in))
			if err != nil || string(got) != tt.want {
				t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
			}
		}
	}
}
