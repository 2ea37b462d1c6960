package personal

import "math"

// letterCodes are the numbers of the letters A to Z in national identifiers.
var letterCodes = [26]int{10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32,
	30, 31, 33}

// nationalForm reports whether s looks like a national identifier: a letter, 1 or 2
// for the sex, and eight digits.
func nationalForm(s string) bool {
	return len(s) == 10 && isLetter(s[0]) && (s[1] == '1' || s[1] == '2') && allDigits(s[2:])
}

// residentForm reports whether s looks like the number of a resident certificate: since
// 2021 a letter, 8 or 9, and eight digits; before that two letters, the second one A to
// D, and eight digits.
func residentForm(s string) bool {
	return len(s) == 10 && isLetter(s[0]) && (s[1] == '8' || s[1] == '9' || s[1] >= 'A' && s[1] <= 'D') &&
		allDigits(s[2:])
}

// identifierPasses computes the check digit that national identifiers and both forms of
// resident certificates share. The old form counts the last digit of its second
// letter's number.
func identifierPasses(s string) bool {
	code := letterCodes[s[0]-'A']
	second := int(s[1] - '0')
	if isLetter(s[1]) {
		second = letterCodes[s[1]-'A'] % 10
	}
	sum := code/10 + code%10*9 + second*8
	for i := 2; i < 9; i++ {
		sum += int(s[i]-'0') * (9 - i)
	}
	return (sum+int(s[9]-'0'))%10 == 0
}

// cardForm reports whether the digits have the length and the first digits of an issuer
// of payment cards: Visa, Mastercard, American Express, JCB, Diners Club, Discover,
// UnionPay. Visa numbers of 13 digits are long out of use and look like EAN codes.
func cardForm(s string) bool {
	if len(s) < 14 || len(s) > 19 || !allDigits(s) {
		return false
	}
	two, four := number(s[:2]), number(s[:4])
	switch len(s) {
	case 14:
		return two == 36 || two == 38 || two == 39 || four >= 3000 && four <= 3059
	case 15:
		return two == 34 || two == 37
	case 16:
		return s[0] == '4' || two >= 51 && two <= 55 || four >= 2221 && four <= 2720 ||
			four >= 3528 && four <= 3589 || four == 6011 || two == 65 || two == 62
	}
	return two == 62 && len(s) >= 17
}

// luhn computes the check digit of ISO/IEC 7812-1, annex B.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// chance returns how likely at least passed of n random values pass a check digit,
// which one in ten does.
func chance(n, passed int) float64 {
	if passed <= 0 {
		return 1
	}
	logChoose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	var sum float64
	for k := passed; k <= n; k++ {
		sum += math.Exp(logChoose(n, k) + float64(k)*math.Log(0.1) + float64(n-k)*math.Log(0.9))
	}
	return min(sum, 1)
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// number is the value of a few digits.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
