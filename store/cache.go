package store

import (
	"container/list"
	"sync"
)

const cacheShards = 16

// cache keeps the most recently used values up to a number of bytes.
type cache[V any] struct {
	shards [cacheShards]cacheShard[V]
}

type cacheShard[V any] struct {
	mu    sync.Mutex
	items map[uint64]*list.Element
	order list.List
	bytes int
	limit int
}

type cacheItem[V any] struct {
	key   uint64
	value V
	bytes int
}

func newCache[V any](limit int) *cache[V] {
	c := &cache[V]{}
	for i := range c.shards {
		c.shards[i].items = make(map[uint64]*list.Element)
		c.shards[i].limit = limit / cacheShards
	}
	return c
}

func (c *cache[V]) shard(k uint64) *cacheShard[V] {
	return &c.shards[k*0x9E3779B97F4A7C15>>60]
}

func (c *cache[V]) get(k uint64) (v V, ok bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.items[k]
	if !ok {
		return v, false
	}
	s.order.MoveToFront(e)
	return e.Value.(*cacheItem[V]).value, true
}

func (c *cache[V]) put(k uint64, v V, bytes int) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.items[k]; ok {
		it := e.Value.(*cacheItem[V])
		s.bytes += bytes - it.bytes
		it.value, it.bytes = v, bytes
		s.order.MoveToFront(e)
	} else {
		s.items[k] = s.order.PushFront(&cacheItem[V]{k, v, bytes})
		s.bytes += bytes
	}
	for s.bytes > s.limit && s.order.Len() > 1 {
		it := s.order.Remove(s.order.Back()).(*cacheItem[V])
		delete(s.items, it.key)
		s.bytes -= it.bytes
	}
}

// take removes a value.
func (c *cache[V]) take(k uint64) (v V, ok bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.items[k]
	if !ok {
		return v, false
	}
	it := s.order.Remove(e).(*cacheItem[V])
	delete(s.items, k)
	s.bytes -= it.bytes
	return it.value, true
}

// putIfRoom puts a value into the cache unless something would have to give way.
func (c *cache[V]) putIfRoom(k uint64, v V, bytes int) bool {
	s := c.shard(k)
	s.mu.Lock()
	room := s.bytes+bytes <= s.limit
	s.mu.Unlock()
	if room {
		c.put(k, v, bytes)
	}
	return room
}

// bytesUsed returns the size of what the cache holds.
func (c *cache[V]) bytesUsed() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += s.bytes
		s.mu.Unlock()
	}
	return n
}
