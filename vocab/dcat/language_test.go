package dcat

import (
	"testing"
	"unicode/utf8"

	"fincat/vocab/term"
)

// TestWritten checks what tells the language of a text that has no tag.
func TestWritten(t *testing.T) {
	tests := []struct{ in, fallback, want string }{
		{"上市公司每日收盤價及成交量", ZHTW, ZHTW},
		{"中国人民银行公布2025年社会融资规模统计数据报告", ZHTW, ZHHans},
		{"全国银行间同业拆借市场的交易数据，每个工作日更新", "en", ZHHans},
		{"保险公司经营情况表", "", ZHHans},
		{"金融机构", ZHTW, ZHHans},
		{"本表依簡體原文「银行」翻譯，說明各銀行之資產負債", ZHTW, ZHTW},
		{"台北市公有土地清冊", ZHTW, ZHTW},
		{"本国人口", ZHTW, ZHTW}, // 国 is written everywhere: nothing tells
		{"上市公司", ZHTW, ZHTW},
		{"上市公司", "zh-CN", "zh-CN"},
		{"证券交易所上市公司名单", "zh-CN", "zh-CN"},
		{"證券交易所上市公司名單", "zh-CN", ZHTW},
		{"証券取引所に上場している会社の一覧", ZHTW, "ja"},
		{"東京証券取引所 上場会社数 国債残高", "ja", "ja"},
		{"東京証券取引所上場会社数", ZHTW, ZHTW},
		{"한국거래소 상장 회사 목록 (證券)", ZHTW, "ko"},
		{"한국거래소 상장 회사", "zh-Hans", "ko"},
		{"Daily closing prices of listed companies", ZHTW, "en"},
	}
	for _, tt := range tests {
		if got := Written(tt.in, tt.fallback); got != tt.want {
			t.Errorf("Written(%q, %q) = %q, want %q", tt.in, tt.fallback, got, tt.want)
		}
	}
	for _, tt := range []struct {
		in   term.Term
		want string
	}{
		{term.NewString("保险公司经营情况表"), ZHHans},
		{term.NewLangString("保险公司经营情况表", "zh"), ZHHans},
		{term.NewLangString("保险公司经营情况表", "zh-TW"), ZHTW}, // what a source states is kept
		{term.NewLangString("金融機構", "zh"), ZHTW},
		{term.NewString("上場会社の一覧"), "ja"},
		{term.NewString("한국 (證券)"), "ko"},
	} {
		if got := TextOf(tt.in); got.Lang != tt.want {
			t.Errorf("TextOf(%v) is in %q, want %q", tt.in, got.Lang, tt.want)
		}
	}
}

// TestScripts checks that the two tables of characters belong together.
func TestScripts(t *testing.T) {
	if s, tr := utf8.RuneCountInString(simplified), utf8.RuneCountInString(traditional); s != tr {
		t.Errorf("%d simplified characters, %d traditional ones", s, tr)
	}
	for _, c := range simplified {
		for _, d := range traditional {
			if c == d {
				t.Errorf("%c is in both", c)
			}
		}
	}
}
