package block

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkSort(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	ops := randomRows(rng, 200_000)
	for name, first := range map[string]bool{"keys": false, "first": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				st := NewSorter[Key](Temp{b.TempDir(), func(int) error { return nil }}, 50_000, first)
				for i := range ops {
					if err := st.Add(Key(ops[i][:4])); err != nil {
						b.Fatal(err)
					}
				}
				m, _ := NewMerger(st)
				var out []Key
				for {
					if out, _ = m.Next(out[:0], 2048); len(out) == 0 {
						break
					}
				}
				st.Close()
			}
		})
	}
	b.Run("ops", func(b *testing.B) {
		for b.Loop() {
			st := NewSorter[wide](Temp{b.TempDir(), func(int) error { return nil }}, 50_000, false)
			for i := range ops {
				if err := st.Add(ops[i]); err != nil {
					b.Fatal(err)
				}
			}
			m, _ := NewMerger(st)
			for m.Peek() != nil {
				if err := m.Pop(); err != nil {
					b.Fatal(err)
				}
			}
			st.Close()
		}
	})
}
