package main

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestManyConnections opens 2,000 connections that ask nothing, and 5,000 more: a friendly
// client is answered all the while, also on the connection that it keeps and uses, and a
// query that was at work before is not cut off. The oldest make room.
func TestManyConnections(t *testing.T) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < 9000 {
		t.Skipf("this process may open %d files only, %v", files.Cur, err)
	}
	p := startProcess(t)
	query := p.base + "sparql?query=" + url.QueryEscape(smallQuery)
	busy := make(chan error, 1)
	go func() {
		resp, err := http.Get(p.base + "sparql?timeout=4&query=" + url.QueryEscape(long))
		if err == nil {
			err = resp.Body.Close()
		}
		busy <- err
	}()
	time.Sleep(200 * time.Millisecond)
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var took []time.Duration
	var all []net.Conn
	for i := range 7000 {
		c, err := net.Dial("tcp", p.addr)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		all = append(all, c)
		if i%200 != 199 {
			continue
		}
		for _, client := range []*http.Client{fresh, http.DefaultClient} {
			start := time.Now()
			resp, err := client.Get(query)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("a friendly client beside %d connections: %v", i, err)
			}
			resp.Body.Close()
			took = append(took, time.Since(start))
		}
	}
	if err := <-busy; err != nil {
		t.Errorf("the query that was at work: %v", err)
	}
	closed := 0
	for _, c := range all {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil && !isTimeout(err) {
			closed++
		}
	}
	slices.Sort(took)
	t.Logf("%d of 7000 connections were closed; small queries take %v at the median, %v at worst", closed,
		took[len(took)/2], took[len(took)-1])
	if closed < 7000-4096 {
		t.Errorf("%d of 7000 connections were closed, want that 4096 are left", closed)
	}
	if took[len(took)/2] > time.Second {
		t.Errorf("a small query takes %v", took[len(took)/2])
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
