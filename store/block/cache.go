package block

import (
	"container/list"
	"sync"
)

const cacheShards = 16

// Cache keeps the most recently used values up to a number of bytes.
type Cache[V any] struct {
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

// NewCache returns a cache of so many bytes.
func NewCache[V any](limit int) *Cache[V] {
	c := &Cache[V]{}
	for i := range c.shards {
		c.shards[i].items = make(map[uint64]*list.Element)
		c.shards[i].limit = limit / cacheShards
	}
	return c
}

func (c *Cache[V]) shard(k uint64) *cacheShard[V] {
	return &c.shards[k*0x9E3779B97F4A7C15>>60]
}

// Get returns a value, which then is the most recently used.
func (c *Cache[V]) Get(k uint64) (v V, ok bool) {
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

// Put keeps a value that takes up so many bytes.
func (c *Cache[V]) Put(k uint64, v V, bytes int) {
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
func (c *Cache[V]) take(k uint64) (v V, ok bool) {
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
func (c *Cache[V]) putIfRoom(k uint64, v V, bytes int) bool {
	s := c.shard(k)
	s.mu.Lock()
	room := s.bytes+bytes <= s.limit
	s.mu.Unlock()
	if room {
		c.Put(k, v, bytes)
	}
	return room
}

// BytesUsed returns the size of what the cache holds.
func (c *Cache[V]) BytesUsed() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += s.bytes
		s.mu.Unlock()
	}
	return n
}

// Clear empties the cache.
func (c *Cache[V]) Clear() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		clear(s.items)
		s.order.Init()
		s.bytes = 0
		s.mu.Unlock()
	}
}
