package report

import (
	"fmt"
	"strconv"
	"time"
)

// taipei is the time zone of the plan; Taiwan has had no summer time since 1979.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// Quarter is a quarter of a year, in the time of Taipei.
type Quarter struct{ Year, N int }

// ParseQuarter reads a quarter such as 2026Q4.
func ParseQuarter(s string) (Quarter, error) {
	if len(s) == 6 && s[4] == 'Q' && s[5] >= '1' && s[5] <= '4' {
		if year, err := strconv.Atoi(s[:4]); err == nil && year >= 1900 {
			return Quarter{year, int(s[5] - '0')}, nil
		}
	}
	return Quarter{}, fmt.Errorf("%q is no quarter: write one such as 2026Q4", s)
}

// QuarterOf returns the quarter of a time.
func QuarterOf(at time.Time) Quarter {
	at = at.In(taipei)
	return Quarter{at.Year(), (int(at.Month()) + 2) / 3}
}

// String writes it as 2026Q4.
func (q Quarter) String() string { return fmt.Sprintf("%04dQ%d", q.Year, q.N) }

// Before returns the quarter before.
func (q Quarter) Before() Quarter {
	if q.N == 1 {
		return Quarter{q.Year - 1, 4}
	}
	return Quarter{q.Year, q.N - 1}
}

// Start is its first moment.
func (q Quarter) Start() time.Time {
	return time.Date(q.Year, time.Month(3*q.N-2), 1, 0, 0, 0, 0, taipei)
}

// End is the first moment after it.
func (q Quarter) End() time.Time { return q.Start().AddDate(0, 3, 0) }

// yearStart is the first moment of its year.
func (q Quarter) yearStart() time.Time { return time.Date(q.Year, 1, 1, 0, 0, 0, 0, taipei) }

// Minguo writes it as in Taiwan: 民國115年第4季.
func (q Quarter) Minguo() string { return fmt.Sprintf("民國%d年第%d季", q.Year-1911, q.N) }
