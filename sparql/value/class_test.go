package value

import "testing"

// TestClass asserts what the planner relies on: the last of the values of one class, in the
// order of ORDER BY, is greater than whatever another one is greater than, and the first is
// less than whatever another one is less than.
func TestClass(t *testing.T) {
	values := pool()
	for lex, name := range map[string]string{
		"2026-01-02T03:04:05": "dateTime", "2026-01-02T03:04:05+14:00": "dateTime", "2026-01-03T03:04:05Z": "dateTime",
		"2026-01-01": "date", "2026-01-02Z": "date", "2026": "gYear", "2027Z": "gYear", "12:00:00": "time",
		"13:00:00Z": "time",
		"P1M":       "duration", "P30D": "duration", "P31D": "dayTimeDuration", "P2M": "yearMonthDuration",
		"NaN": "double", "INF": "double", "-INF": "float", "0.1": "decimal", "0.1E0": "double", "1.0E-1": "float",
		"9007199254740993": "integer", "9007199254740992": "double", "9007199254740992.5": "decimal",
		"16777217": "integer", "16777216": "float", "16777217.0": "decimal", "true": "boolean", "0": "boolean",
	} {
		values = append(values, typed(lex, name))
	}
	greater, lesser := FnGreater.Pair(), FnLess.Pair()
	wants := []func(a, b Value) Value{greater, FnGreaterEqual.Pair()}
	wantsLess := []func(a, b Value) Value{lesser, FnLessEqual.Pair()}
	yes := func(v Value) bool { return !v.IsError() && v.num == 1 }
	together := 0
	for _, a := range values {
		for _, b := range values {
			if a.Class().Term() != b.Class().Term() || CompareOrder(a, b) > 0 {
				continue
			}
			together++
			for _, x := range values {
				for i := range wants {
					if yes(wants[i](a, x)) && !yes(wants[i](b, x)) {
						t.Errorf("%s is greater than %s, %s of the same class is not", show(a), show(x), show(b))
					}
					if yes(wantsLess[i](b, x)) && !yes(wantsLess[i](a, x)) {
						t.Errorf("%s is less than %s, %s of the same class is not", show(b), show(x), show(a))
					}
				}
			}
		}
	}
	if together < len(values)+20 {
		t.Errorf("only %d pairs of %d values are of one class", together, len(values))
	}
}
