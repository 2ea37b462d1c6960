package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFrames sends what a command prints, and more than fits into a frame.
func TestFrames(t *testing.T) {
	rec := httptest.NewRecorder()
	w := NewWriter(rec)
	long := strings.Repeat("x", maxFrame+1)
	for _, part := range []string{"out ", long} {
		if _, err := io.WriteString(w.Stdout(), part); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w.Stderr(), "err "); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(&End{Status: 3, Message: "found"}); err != nil {
		t.Fatal(err)
	}
	sent := rec.Body.Bytes()
	var out, errs bytes.Buffer
	end, err := Read(bytes.NewReader(sent), &out, &errs)
	if err != nil || end.Status != 3 || end.Message != "found" {
		t.Errorf("Read = %+v, %v", end, err)
	}
	if out.String() != "out "+long || errs.String() != "err err " {
		t.Errorf("%d bytes on standard output, %q on standard error", out.Len(), errs.String())
	}
	for name, broken := range map[string][]byte{
		"cut off": sent[:len(sent)-1], "too large": {frameOut, 255, 0, 0, 0}, "a page": []byte("<html></html>"),
		"empty": nil,
	} {
		if _, err := Read(bytes.NewReader(broken), io.Discard, io.Discard); err == nil {
			t.Errorf("%s: Read has no error", name)
		}
	}
}

// TestForm sends parameters and files, which are read in the order of the command.
func TestForm(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.nt")
	if err := os.WriteFile(file, []byte("A"), 0o600); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	params := url.Values{"format": {"nq"}, "graph": {"x", "y"}}
	if err := Send(strings.NewReader("in"), form, params, []string{file, "-"}); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/?more=1", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	got, files, err := Receive(r)
	if err != nil || got.Get("format") != "nq" || len(got["graph"]) != 2 || got.Get("more") != "1" {
		t.Fatalf("Receive = %v, %v", got, err)
	}
	for _, want := range []struct{ name, text string }{{file, "A"}, {"-", "in"}} {
		in, err := files.Next(want.name)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(in); err != nil || string(text) != want.text {
			t.Errorf("%s holds %q, %v, want %q", want.name, text, err, want.text)
		}
	}
	if _, err := files.Next("other"); err == nil {
		t.Error("a file that was not sent has no error")
	}
}

func TestSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30)) // more than the address of a socket holds
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial without a server = %v", err)
	}
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if info, err := os.Stat(Path(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial after Close = %v", err)
	}
}

// TestLeaving: when parameters and files have been read the server notices that its client
// leaves, although the end of the body came after that of the form.
func TestLeaving(t *testing.T) {
	gone := make(chan bool, 1)
	var files, names int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, in, err := Receive(r)
		for names = 0; err == nil && names < files; names++ {
			var f io.Reader
			if f, err = in.Next(fmt.Sprint("f", names)); err == nil {
				_, err = io.Copy(io.Discard, f)
			}
		}
		if err != nil {
			t.Error(err)
		}
		select {
		case <-r.Context().Done():
			gone <- true
		case <-time.After(time.Minute):
			gone <- false
		}
	}))
	defer s.Close()
	for files = range 3 {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		if err := form.WriteField("a", "1"); err != nil {
			t.Fatal(err)
		}
		for i := range files {
			w, err := form.CreateFormFile("file", fmt.Sprint("f", i))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, strings.Repeat("x", 10_000))
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"+
			"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
			form.FormDataContentType(), body.Len(), body.Bytes())
		time.Sleep(100 * time.Millisecond)
		_, _ = io.WriteString(c, "0\r\n\r\n")
		time.Sleep(100 * time.Millisecond)
		c.Close()
		if !<-gone {
			t.Errorf("with %d files the server does not notice that its client has gone", files)
		}
	}
}
