package inspect

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>\s*(.{0,200}?)\s*</title>`)
	loginPage = regexp.MustCompile(`(?i)type\s*=\s*["']?password|登入|登錄|log\s?in|sign\s?in|驗證碼|captcha`)
	gonePage  = regexp.MustCompile(`(?i)404|not found|找不到|不存在|已移除|已下架|查無`)
	busyPage  = regexp.MustCompile(`(?i)維護|maintenance|忙碌|暫停服務|service unavailable|稍後再試`)
	offPage   = regexp.MustCompile(`(?i)urn:schemas-microsoft-com:office|<meta[^>]+ProgId[^>]+Excel`)
	tagStart  = regexp.MustCompile(`(?i)^(<meta[^>]*>\s*|<style.*?</style>\s*)*<table[\s>]`)

	errorText = regexp.MustCompile(`(?i)查無(資料|此|符合)|沒有(符合|相關|任何)|無符合|` +
		`無此(檔案|資料|頁)|檔案(不存在|遺失)|找不到|系統(錯誤|忙碌|發生|維護|異常)|發生(未預期的?)?錯誤|` +
		`存取被拒|拒絕存取|權限不足|沒有權限|未授權|授權失敗|連線逾時|逾時|參數錯誤|缺少參數|暫停服務|服務暫停|維護中|請稍後再試|下載失敗|` +
		`access (is )?denied|forbidden|not found|internal server error|error (has )?occurred|unauthorized|` +
		`service unavailable|no data|rate limit|too many requests|bad request|` +
		`invalid (key|token|request|parameter|api)|` +
		`^\s*(fatal )?error\b|^\s*exception\b`)
	crashText = regexp.MustCompile(`ORA-\d{5}|Fatal error:|Traceback \(most recent|java\.\w+\.\w*Exception|` +
		`System\.\w+Exception|` +
		`SQLSTATE\[|Object reference not set|Warning: \w+\(\)|Stack trace:|Unhandled Exception|Microsoft OLE DB`)

	errorRoots = []string{"error", "errors", "exception", "exceptionreport", "serviceexceptionreport", "fault",
		"problem",
		"errorresponse", "httperror"}
	failWords = []string{"error", "fail", "failed", "failure", "false", "ng", "err", "exception", "forbidden",
		"denied",
		"unauthorized", "not found", "失敗", "錯誤"}
)

// html says what a page is that came instead of data. A table that a spreadsheet wrote
// as HTML is data in a form that is none.
func (in *inspector) html(text []byte, r *Report) {
	head, _ := beginning(text)
	text = text[:min(len(text), 64<<10)]
	if offPage.Match(text[:min(len(text), 4096)]) && bytes.Contains(bytes.ToLower(text), []byte("<table")) ||
		tagStart.Match(head) {
		r.found("html-table", "byte 0", "the file is an HTML page with a table, not a spreadsheet")
		return
	}
	what := "an HTML page"
	switch {
	case loginPage.Match(text):
		what = "a login page"
	case gonePage.Match(text):
		what = "a page that says that nothing is there"
	case busyPage.Match(text):
		what = "a page that says that the service is not available"
	}
	if m := pageTitle.FindSubmatch(text); m != nil && len(bytes.TrimSpace(m[1])) > 0 {
		what += " (" + strings.Join(strings.Fields(string(m[1])), " ") + ")"
	}
	r.NotData = what + " arrives"
	r.found("html-instead-of-data", "byte 0", "%s", r.NotData)
}

// answer recognises what is an answer of a program rather than data: an error, or the
// description of an API.
func (in *inspector) answer(text []byte, r *Report) {
	if r.NotData != "" || r.Format == "html" {
		return
	}
	switch r.Format {
	case "yaml":
		if yamlAPI(text) {
			r.apiDescription("a description of an API in YAML")
		}
	case "xml":
		in.xmlAnswer(text, r)
	case "txt", "csv", "tsv":
		if m := crashText.Find(text[:min(len(text), 2048)]); m != nil {
			r.error(string(m))
			return
		}
		if len(text) > 1200 || utf8.RuneCount(text) > 300 || bytes.Count(bytes.TrimSpace(text), []byte("\n")) > 3 {
			return
		}
		if errorText.Match(text) && (r.Format == "txt" || len(r.Fields) < 2) {
			r.error(string(bytes.TrimSpace(text)))
		}
	}
}

// error notes that an error message came.
func (r *Report) error(message string) {
	if utf8.RuneCountInString(message) > 100 {
		message = string([]rune(message)[:100])
	}
	r.NotData = "an error message arrives: " + message
	r.found("error-answer", "byte 0", "%s", r.NotData)
}

// apiDescription notes that a description of an API came.
func (r *Report) apiDescription(what string) {
	r.NotData = what + " arrives, not the data"
	r.found("api-description-instead-of-data", "byte 0", "%s", r.NotData)
}

// apiDescription looks at the members of a JSON document's root: those of a description
// of an API, or of an error.
func (in *inspector) apiDescription(root map[string]string, r *Report) {
	if (root["swagger"] != "" || root["openapi"] != "") && (root["paths"] != "" || root["info"] != "") {
		r.apiDescription("a description of an API (OpenAPI)")
		return
	}
	if message := jsonError(root); message != "" {
		r.error(message)
	}
}

// jsonError returns the message of an answer that says that it failed, empty when the
// answer does not.
func jsonError(root map[string]string) string {
	lower := map[string]string{}
	lists := 0
	for k, v := range root {
		lower[strings.ToLower(k)] = v
		if v == "[" || v == "{" && !isErrorName(k) {
			lists++
		}
	}
	message := ""
	for _, k := range messageNames {
		if v := lower[k]; v != "" && v != "{" && v != "[" && v != "[]" {
			message = v
			break
		}
	}
	failed := lower["success"] == "false" || lower["ok"] == "false" || lower["issuccess"] == "false"
	for _, k := range []string{"status", "state", "result", "code", "statuscode", "errorcode", "stat", "rtncode"} {
		v := strings.ToLower(lower[k])
		n, err := strconv.Atoi(v)
		for _, w := range failWords {
			failed = failed || v == w && lists == 0
		}
		failed = failed || err == nil && n >= 400 && n < 600 && lists == 0 && len(root) < 8
	}
	if lists == 0 && len(root) < 8 {
		for k, v := range root {
			failed = failed || isErrorName(k) && v != "" && v != "[]" && v != "null" && v != "false" && v != "0"
		}
		failed = failed || message != "" && len(root) <= 2 && errorText.MatchString(message)
	}
	if !failed {
		return ""
	}
	if message == "" {
		message = "the answer says that it failed"
	}
	return message
}

// messageNames are what the message of an answer is called, in small letters.
var messageNames = []string{"message", "msg", "error_description", "errormessage", "error", "errors", "detail",
	"title", "stat", "reason", "returnmsg", "returnmessage", "resultmsg", "resultmessage", "rtnmsg",
	"statusmessage", "訊息", "錯誤訊息"}

func isErrorName(k string) bool {
	switch strings.ToLower(k) {
	case "error", "errors", "errormessage", "error_message", "exception", "exceptionmessage", "fault", "errormsg":
		return true
	}
	return false
}

// xmlAnswer looks at the root of a document.
func (in *inspector) xmlAnswer(text []byte, r *Report) {
	if len(r.Names) == 0 {
		return
	}
	x := newXML(text)
	var path []string
	for len(path) < 3 {
		tok, err := x.token()
		if err != nil {
			break
		}
		if s, ok := startName(tok); ok {
			path = append(path, strings.ToLower(s))
		}
	}
	if r.Rows <= 1 && len(text) <= 2000 {
		if message := xmlMessage(text); message != "" {
			r.error(message)
			return
		}
	}
	root := strings.ToLower(path[0])
	for i, name := range path {
		for _, e := range errorRoots {
			if name == e && (i == 0 || root == "envelope" || root == "response") {
				message := strings.Join(strings.Fields(string(tags.ReplaceAll(text[:min(len(text), 2000)],
					[]byte(" ")))), " ")
				r.error(message)
				return
			}
		}
	}
	if root == "definitions" && bytes.Contains(text, []byte("schemas.xmlsoap.org/wsdl")) ||
		root == "application" && bytes.Contains(text, []byte("wadl.dev.java.net")) {
		r.apiDescription("a description of an API (WSDL or WADL)")
	}
}

// xmlMessage returns the text of a short document that holds an error message, and at most
// a code beside it; empty when it holds something else.
func xmlMessage(text []byte) string {
	x := newXML(text)
	message, name, leaves, only := "", "", 0, ""
	for {
		tok, err := x.token()
		if err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name = strings.ToLower(tok.Name.Local)
		case xml.EndElement:
			name = ""
		case xml.CharData:
			s := strings.TrimSpace(string(tok))
			if s == "" {
				continue
			}
			if leaves++; slices.Contains(messageNames, name) && errorText.MatchString(s) {
				message = s
			}
			only = s
		}
	}
	switch {
	case leaves == 1 && message == "" && utf8.RuneCountInString(only) <= 100 && errorText.MatchString(only):
		return only // whatever its element is called
	case leaves > 3:
		return ""
	}
	return message
}

var (
	tags    = regexp.MustCompile(`<[^>]*>`)
	yamlDoc = regexp.MustCompile(`(?m)^\s*["']?(openapi|swagger)["']?\s*:\s*["']?[23]\.`)
)

// yamlAPI reports whether a text is a description of an API in YAML.
func yamlAPI(text []byte) bool {
	return yamlDoc.Match(text[:min(len(text), 4096)]) && bytes.Contains(text, []byte("paths:"))
}
