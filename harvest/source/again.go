package source

import "slices"

// maxBroken is how many records in a row may not be readable before a gathering
// that asks for each record by itself ends. One record in trouble is no reason;
// so many of them are a server in trouble.
const maxBroken = 20

// waiting is what is still to be asked for again. What comes by itself need not
// be.
type waiting struct {
	list []string
	left map[string]bool
}

func newWaiting(s *Session) *waiting {
	w := &waiting{list: s.Again, left: map[string]bool{}}
	for _, id := range s.Again {
		w.left[id] = true
	}
	return w
}

// came notes that something came.
func (w *waiting) came(id string) { delete(w.left, id) }

// rest returns what did not come.
func (w *waiting) rest() []string {
	return slices.DeleteFunc(slices.Clone(w.list), func(id string) bool { return !w.left[id] })
}

// ask asks for each that did not come.
func (w *waiting) ask(f func(id string) error) error {
	for _, id := range w.rest() {
		w.came(id)
		if err := f(id); err != nil {
			return err
		}
	}
	return nil
}
