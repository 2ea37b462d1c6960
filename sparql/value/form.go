package value

// The functional forms (SPARQL 1.1 §17.2 and §17.4.1), which treat errors
// among their arguments in ways of their own.

func or(n int, arg func(k int) Value) Value  { return junction(n, arg, true) }
func and(n int, arg func(k int) Value) Value { return junction(n, arg, false) }

// junction is || when decisive is true and && when it is false: one decisive
// operand settles the result, whatever errors the others are.
func junction(n int, arg func(k int) Value, decisive bool) Value {
	failed := false
	for k := range n {
		truth, ok := arg(k).Truth()
		if !ok {
			failed = true
		} else if truth == decisive {
			return Bool(decisive)
		}
	}
	if failed {
		return Value{}
	}
	return Bool(!decisive)
}

// bound is BOUND: an unbound variable evaluates to an error.
func bound(_ int, arg func(k int) Value) Value { return Bool(!arg(0).IsError()) }

// choose is IF.
func choose(_ int, arg func(k int) Value) Value {
	switch truth, ok := arg(0).Truth(); {
	case !ok:
		return Value{}
	case truth:
		return arg(1)
	}
	return arg(2)
}

// coalesce is COALESCE: the first argument that is no error.
func coalesce(n int, arg func(k int) Value) Value {
	for k := range n {
		if v := arg(k); !v.IsError() {
			return v
		}
	}
	return Value{}
}

// in is IN (SPARQL 1.1 §17.4.1.9): an error only when no member is equal and
// one comparison is an error.
func in(n int, arg func(k int) Value) Value {
	v := arg(0)
	if v.IsError() {
		return v
	}
	result := Bool(false)
	for k := 1; k < n; k++ {
		e := Equal(v, arg(k))
		if e.IsError() {
			result = e
		} else if e.num != 0 {
			return e
		}
	}
	return result
}

func notIn(n int, arg func(k int) Value) Value { return Not(in(n, arg)) }
