package codelist

import "testing"

// TestInvalid asks which values cannot be an identifier.
func TestInvalid(t *testing.T) {
	tests := []struct {
		kind, value string
		valid       bool
	}{
		{"tax-id", "22099131", true},
		{"tax-id", "04595257", true},
		{"tax-id", "10458575", true}, // the seventh digit is 7
		{"tax-id", "22099132", false},
		{"tax-id", "2209913", false},
		{"tax-id", "00000000", false},
		{"tax-id", "2209913A", false},
		{"isin", "TW0002330008", true},
		{"isin", "US0378331005", true},
		{"isin", "TW0002330009", false},
		{"isin", "TW00023300O8", false},
		{"isin", "T10002330008", false},
		{"isin", "TW000233000", false},
		{"isin", "TW0002330-08", false},
		{"lei", "549300KB6NK5SBD14S87", true},
		{"lei", "549300KB6NK5SBD14S88", false},
		{"lei", "549300KB6NK5SBD14SA7", false},
		{"lei", "549300KB6NK5SBD14S8", false},
		{"bank-code", "004", true},
		{"bank-code", "0040037", true},
		{"bank-code", "4", false},
		{"stock-code", "2881A", true},
		{"stock-code", "28/81", false},
		{"stock-code", "台積電", false},
		{"fund-code", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", false},
	}
	for _, tt := range tests {
		if why := invalid(tt.kind, tt.value); (why == "") != tt.valid {
			t.Errorf("invalid(%q, %q) = %q, want valid %v", tt.kind, tt.value, why, tt.valid)
		}
	}
}

// FuzzInvalid asks that whatever passes can stand in an IRI as it is, and is normal.
func FuzzInvalid(f *testing.F) {
	f.Add("tax-id", "２２０９９１３１")
	f.Add("isin", "tw0002330008")
	f.Fuzz(func(t *testing.T, kind, value string) {
		n := normal(value)
		if invalid(kind, n) != "" || n == "" {
			return
		}
		if normal(n) != n {
			t.Errorf("normal(%q) = %q", n, normal(n))
		}
		for _, r := range n {
			if !isCode(r) {
				t.Errorf("%q as %q has %q", value, kind, r)
			}
		}
	})
}
