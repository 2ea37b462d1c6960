package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"fincat/vocab/rdfio"
)

// Problem is an error as HTTP clients see it (RFC 9457).
type Problem struct {
	Status int    // HTTP status
	Detail string // what was wrong with this request, in a sentence

	// Line and Column place a syntax error in the text that was sent, from 1;
	// zero means that there is no place. Found, Expected and Hint may say more.
	Line, Column          int
	Found, Expected, Hint string

	// Challenge is the error code of RFC 6750 §3.1 that a 401 or 403 names in
	// WWW-Authenticate; a 401 has that header also without one.
	Challenge string

	// RetryAfter is the number of seconds after which the client may try
	// again; zero sends none.
	RetryAfter int
}

// Error returns the detail with its place.
func (p *Problem) Error() string {
	if p.Line > 0 {
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Detail)
	}
	return p.Detail
}

func problemf(status int, format string, a ...any) *Problem {
	return &Problem{Status: status, Detail: fmt.Sprintf(format, a...)}
}

// WriteProblem answers a request with a problem: as application/problem+json,
// or as a page where the Accept header asks for HTML rather than JSON, as
// browsers do. Headers that described another answer are taken back.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Trailer",
		"Content-Disposition"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	Secure(h)
	if p.Status == http.StatusUnauthorized || p.Challenge != "" {
		challenge := `Bearer realm="fincat"`
		if p.Challenge != "" {
			challenge += `, error="` + p.Challenge + `"`
		}
		h.Set("WWW-Authenticate", challenge)
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	accepted, _ := rdfio.Negotiate(strings.Join(r.Header.Values("Accept"), ","), "application/problem+json",
		"application/json", "text/html")
	var b []byte
	if accepted == "text/html" {
		h.Set("Content-Type", "text/html; charset=utf-8")
		b = p.page()
	} else {
		h.Set("Content-Type", "application/problem+json")
		b = p.json()
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b)
	}
}

// Secure sets what every answer has in common, whatever it is: no browser guesses at
// its type, runs anything that is in it, or shows it inside of another page. Pages
// allow what they need afterwards.
func Secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Frame-Options", "DENY")
}

func (p *Problem) json() []byte {
	v := struct {
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail,omitempty"`
		Line     int    `json:"line,omitempty"`
		Column   int    `json:"column,omitempty"`
		Found    string `json:"found,omitempty"`
		Expected string `json:"expected,omitempty"`
		Hint     string `json:"hint,omitempty"`
	}{"about:blank", http.StatusText(p.Status), p.Status, p.Detail, p.Line, p.Column, p.Found, p.Expected,
		p.Hint}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)              // IRIs stay readable; the type keeps browsers from guessing
	if err := enc.Encode(v); err != nil { // impossible for strings and numbers
		return []byte("{}\n")
	}
	return b.Bytes()
}

func (p *Problem) page() []byte {
	title := http.StatusText(p.Status)
	if zh := chineseStatus(p.Status); zh != "" {
		title = zh + " " + title
	}
	place := ""
	if p.Line > 0 {
		place = fmt.Sprintf("<p>第 %d 行，第 %d 字 (line %d, column %d)</p>\n", p.Line, p.Column, p.Line, p.Column)
	}
	return fmt.Appendf(nil, `<!DOCTYPE html>
<html lang="zh-Hant-TW">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%d %s</title>
<h1>%d %s</h1>
%s<p>%s</p>
</html>
`, p.Status, title, p.Status, title, place, html.EscapeString(p.Detail))
}

func chineseStatus(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "請求有誤"
	case http.StatusUnauthorized:
		return "需要權杖"
	case http.StatusForbidden:
		return "不允許"
	case http.StatusNotFound:
		return "找不到"
	case http.StatusMethodNotAllowed:
		return "不允許的方法"
	case http.StatusNotAcceptable:
		return "無法提供所要求的格式"
	case http.StatusConflict:
		return "衝突"
	case http.StatusPreconditionFailed:
		return "前提條件不符"
	case http.StatusRequestEntityTooLarge:
		return "內容過大"
	case http.StatusUnsupportedMediaType:
		return "不支援的格式"
	case http.StatusUnprocessableEntity:
		return "內容不符規範"
	case http.StatusTooManyRequests:
		return "請求過多"
	case http.StatusInternalServerError:
		return "內部錯誤"
	case http.StatusBadGateway:
		return "其他端點有誤"
	case http.StatusServiceUnavailable:
		return "暫時無法提供服務"
	case http.StatusGatewayTimeout:
		return "逾時"
	}
	return ""
}
