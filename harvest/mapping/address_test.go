package mapping

import "testing"

func TestIdentity(t *testing.T) {
	tests := []struct{ in, want string }{
		{"6012", "6012"},
		{"urn:x:1?utm_source=a", "urn:x:1?utm_source=a"},
		{"https://data.gov.tw/dataset/6012", "https://data.gov.tw/dataset/6012"},
		{"HTTPS://Data.GOV.tw:443/dataset/6012", "https://data.gov.tw/dataset/6012"},
		{"http://data.gov.tw:8080/a", "http://data.gov.tw:8080/a"},
		{"https://data.gov.tw", "https://data.gov.tw/"},
		{"https://data.gov.tw/a?", "https://data.gov.tw/a"},
		{"https://data.gov.tw/a?utm_source=rss&id=7&UTM_medium=x&fbclid=Iw", "https://data.gov.tw/a?id=7"},
		{"https://data.gov.tw/a?id=7&fmt=csv", "https://data.gov.tw/a?fmt=csv&id=7"},
		{"https://data.gov.tw/a?fmt=csv&id=7#part", "https://data.gov.tw/a?fmt=csv&id=7#part"},
		{"https://data.gov.tw/a;jsessionid=0AF3?id=7", "https://data.gov.tw/a?id=7"},
		{"https://data.gov.tw/資料?q=金融", "https://data.gov.tw/%E8%B3%87%E6%96%99?q=金融"},
		{"https://data.gov.tw/%E8%B3%87%E6%96%99?q=a%26b", "https://data.gov.tw/%E8%B3%87%E6%96%99?q=a%26b"},
		{"https://[::1", "https://[::1"},
	}
	for _, tt := range tests {
		if got := Identity(tt.in); got != tt.want {
			t.Errorf("identity(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if again := Identity(Identity(tt.in)); again != Identity(tt.in) {
			t.Errorf("identity(%q) = %q, want it unchanged", Identity(tt.in), again)
		}
	}
}
