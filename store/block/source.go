package block

// KeySource makes a merger a changeSource of additions or removals.
type KeySource struct {
	Rows *Merger[Key]
	Add  bool
	keys []Key
	at   int
}

// Below implements [Source].
func (s *KeySource) Below(hi *Key, n int, out []Change) ([]Change, error) {
	for ; n > 0; n-- {
		if s.at == len(s.keys) {
			var err error
			s.at = 0
			if s.keys, err = s.Rows.Next(s.keys[:0], MaxRows); err != nil || len(s.keys) == 0 {
				return out, err
			}
		}
		k := &s.keys[s.at]
		if !k.Less(hi) {
			break
		}
		out = append(out, Change{Key: *k, Add: s.Add})
		s.at++
	}
	return out, nil
}

// PairSource joins two changeSources; changes of one quad cancel out.
type PairSource struct {
	A, B       Source
	as, bs     []Change // taken from them and not given out
	bufA, bufB []Change
}

// Below implements [Source].
func (s *PairSource) Below(hi *Key, n int, out []Change) (_ []Change, err error) {
	for from := len(out); len(out)-from < n; {
		if len(s.as) == 0 {
			if s.bufA, err = s.A.Below(hi, MaxRows, s.bufA[:0]); err != nil {
				return out, err
			}
			s.as = s.bufA
		}
		if len(s.bs) == 0 {
			if s.bufB, err = s.B.Below(hi, MaxRows, s.bufB[:0]); err != nil {
				return out, err
			}
			s.bs = s.bufB
		}
		k := 0
		switch {
		case len(s.as) == 0 && len(s.bs) == 0:
			return out, nil
		case len(s.bs) == 0:
			k = min(len(s.as), n-(len(out)-from))
			out, s.as = append(out, s.as[:k]...), s.as[k:]
		case len(s.as) == 0:
			k = min(len(s.bs), n-(len(out)-from))
			out, s.bs = append(out, s.bs[:k]...), s.bs[k:]
		case s.as[0].Key == s.bs[0].Key:
			s.as, s.bs = s.as[1:], s.bs[1:]
		case s.as[0].Key.Less(&s.bs[0].Key):
			out, s.as = append(out, s.as[0]), s.as[1:]
		default:
			out, s.bs = append(out, s.bs[0]), s.bs[1:]
		}
	}
	return out, nil
}
