package codelist

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// normal returns an identifier as it is compared: without blanks, in half width and in
// upper case, as all of these identifiers are written.
func normal(value string) string {
	return strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(value)), ""))
}

// invalid says why a normal value cannot be an identifier of a kind, "" when it can.
func invalid(kind, value string) string {
	switch kind {
	case "tax-id":
		if !isTaxID(value) {
			return "a 統一編號 has eight digits with a check digit"
		}
	case "isin":
		if !isISIN(value) {
			return "an ISIN has two letters, nine letters or digits and a check digit (ISO 6166)"
		}
	case "lei":
		if !isLEI(value) {
			return "an LEI has 20 letters or digits, the last two to check the others (ISO 17442)"
		}
	case "bank-code":
		if !digits(value, 3) && !digits(value, 7) {
			return "the code of a financial institution has three digits, with that of the branch seven"
		}
	default:
		if len(value) > maxCode || strings.IndexFunc(value, func(r rune) bool { return !isCode(r) }) >= 0 {
			return "a code has letters, digits, hyphens, dots and underscores"
		}
	}
	return ""
}

const maxCode = 32 // bytes of a code of which nothing else is known

func isCode(r rune) bool {
	return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || r == '-' || r == '.' || r == '_'
}

func digits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// isTaxID checks a 統一編號 by the rule of the Ministry of Finance of 2023: the sum of the
// weighted digits' digits is divisible by five. Where the seventh digit is 7, its product
// 28 may count as 10 or as 1.
func isTaxID(s string) bool {
	if !digits(s, 8) || s == "00000000" {
		return false
	}
	sum := 0
	for i, w := range [8]int{1, 2, 1, 2, 1, 2, 4, 1} {
		p := int(s[i]-'0') * w
		sum += p/10 + p%10
	}
	return sum%5 == 0 || s[6] == '7' && (sum+1)%5 == 0
}

// isISIN checks the form and the check digit of an ISIN (ISO 6166, Luhn's algorithm over
// digits, of which letters have two).
func isISIN(s string) bool {
	if len(s) != 12 || !isUpper(s[0]) || !isUpper(s[1]) || s[11] < '0' || s[11] > '9' {
		return false
	}
	var list []int
	for i := range len(s) {
		n, ok := base36(s[i])
		if !ok {
			return false
		}
		if n > 9 {
			list = append(list, n/10)
		}
		list = append(list, n%10)
	}
	sum := 0
	for i, d := range list {
		if (len(list)-i)%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// isLEI checks the form and the check digits of an LEI (ISO 17442, ISO/IEC 7064 MOD 97-10).
func isLEI(s string) bool {
	if len(s) != 20 || !digits(s[18:], 2) {
		return false
	}
	rest := 0
	for i := range len(s) {
		n, ok := base36(s[i])
		switch {
		case !ok:
			return false
		case n > 9:
			rest = (rest*100 + n) % 97
		default:
			rest = (rest*10 + n) % 97
		}
	}
	return rest == 1
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// base36 returns the value of a digit or an upper-case letter.
func base36(c byte) (int, bool) {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0'), true
	case isUpper(c):
		return int(c-'A') + 10, true
	}
	return 0, false
}
