package store

import "context"

func (s *Store) startBackground() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	_ = ctx
}

func (s *Store) closeBase() error { return nil }
func (s *Store) wakeFolder()      {}
func (d *dict) tailFull() bool    { return false }
func (sn *Snapshot) readManifest(r root, b *base) error {
	for i := range b.index {
		b.index[i] = newIndex(nil)
	}
	return nil
}
