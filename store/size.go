package store

// orderBytes returns the bytes of each order's blocks and patches.
func (sn *Snapshot) orderBytes() (out [orders]int, err error) {
	for o := range out {
		for i := range sn.v.base.index[o].blocks {
			ref := &sn.v.base.index[o].blocks[i]
			ids := []uint64{ref.id}
			for _, p := range ref.patches {
				ids = append(ids, p.id)
			}
			for _, id := range ids {
				if id == 0 {
					continue
				}
				it, err := sn.txn.Get(key64(keyBlock, id))
				if err != nil {
					return out, err
				}
				out[o] += int(it.ValueSize())
			}
		}
	}
	return out, nil
}
