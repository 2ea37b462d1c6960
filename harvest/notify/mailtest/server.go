package mailtest

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Server is an SMTP server (RFC 5321) that keeps what it is given.
type Server struct {
	Address string

	mu     sync.Mutex
	mails  map[string][]string // by receiver
	busy   int                 // connections that are told to come later
	lose   string              // receiver after whose mail the connection breaks without an answer
	refuse string              // receiver that is refused
}

// New starts a server on loopback, which ends with the test.
func New(t testing.TB) *Server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &Server{Address: l.Addr().String(), mails: map[string][]string{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *Server) serve(c net.Conn) {
	defer c.Close()
	p.mu.Lock()
	p.busy--
	busy := p.busy >= 0
	p.mu.Unlock()
	if busy {
		fmt.Fprint(c, "421 come later\r\n")
		return
	}
	fmt.Fprint(c, "220 test\r\n")
	r := bufio.NewReader(c)
	to := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		answer := "250 ok"
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "RCPT TO:"):
			if to = strings.Trim(line[8:], "<>"); to == p.refused() {
				answer = "550 nobody"
			}
		case line == "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var text strings.Builder
			for line, err = r.ReadString('\n'); line != ".\r\n"; line, err = r.ReadString('\n') {
				if err != nil {
					return
				}
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			p.mu.Lock()
			p.mails[to] = append(p.mails[to], text.String())
			lost := to == p.lose
			p.mu.Unlock()
			if lost {
				return
			}
		case line == "QUIT":
			answer = "221 bye"
		}
		fmt.Fprint(c, answer+"\r\n")
	}
}

// Count returns how many mails a receiver got.
func (p *Server) Count(to string) int { return len(p.Mails(to)) }

// Mails returns what a receiver got.
func (p *Server) Mails(to string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.mails[to])
}

// Busy has so many connections be told to come later.
func (p *Server) Busy(connections int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = connections
}

// Trouble has the connection break after the mail to one receiver, without an answer, and
// another be refused.
func (p *Server) Trouble(lose, refuse string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose, p.refuse = lose, refuse
}

func (p *Server) refused() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refuse
}
