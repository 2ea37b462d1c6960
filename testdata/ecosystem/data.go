package ecosystem

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// File is the file of a dataset, made by hand so that every state of quality shows.
type File struct {
	Dataset string // as commands name it
	Address string // /HOST/PATH?QUERY
	Kind    string // what is right or wrong with it
}

// kinds are the answers with the files of datasets.
var kinds = map[string]struct {
	status    int // default 200
	mediaType string
	file      string
	more      int // bytes that are announced and do not come
}{
	"platinum":  {mediaType: "text/csv", file: "platinum.csv"},
	"gold":      {mediaType: "text/csv", file: "gold.csv"},
	"big5":      {mediaType: "text/csv", file: "big5.csv"},
	"mixed":     {mediaType: "text/csv", file: "mixed.csv"},
	"utf16":     {mediaType: "text/csv", file: "utf16.csv"},
	"pdf":       {mediaType: "application/pdf", file: "report.pdf"},
	"login":     {mediaType: "text/html;charset=utf-8", file: "login.html"},
	"empty":     {mediaType: "text/csv", file: "empty.csv"},
	"json":      {mediaType: "application/json", file: "records.json"},
	"xml":       {mediaType: "application/xml", file: "records.xml"},
	"zip":       {mediaType: "application/zip", file: "tables.zip"},
	"reports":   {mediaType: "application/zip", file: "reports.zip"},
	"personal":  {mediaType: "text/csv", file: "personal.csv"},
	"titles":    {mediaType: "text/csv", file: "titles.csv"},
	"ragged":    {mediaType: "text/csv", file: "ragged.csv"},
	"minguo":    {mediaType: "text/csv", file: "minguo.csv"},
	"cut":       {mediaType: "text/csv", file: "gold.csv", more: 1000},
	"gone":      {status: http.StatusNotFound},
	"broken":    {status: http.StatusInternalServerError},
	"forbidden": {status: http.StatusForbidden},
}

// Files lists the datasets whose files the server has.
func Files() ([]File, error) {
	text, err := files.ReadFile("files/data/data.json")
	if err != nil {
		return nil, err
	}
	var out []File
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("list the files of datasets: %w", err)
	}
	for _, f := range out {
		if _, ok := kinds[f.Kind]; !ok {
			return nil, fmt.Errorf("the file of %s is of the unknown kind %q", f.Dataset, f.Kind)
		}
	}
	return out, nil
}

// serve answers with a file.
func (f *File) serve(w http.ResponseWriter) {
	k := kinds[f.Kind]
	var body []byte
	if k.file != "" {
		var err error
		if body, err = files.ReadFile("files/data/" + k.file); err != nil {
			http.Error(w, k.file+" is missing", http.StatusInternalServerError)
			return
		}
	}
	h := w.Header()
	h.Set("Content-Type", k.mediaType)
	h.Set("ETag", strconv.Quote(f.Kind))
	if k.more > 0 {
		h.Set("Content-Length", strconv.Itoa(len(body)+k.more))
	}
	if k.status > 0 {
		w.WriteHeader(k.status)
	}
	_, _ = w.Write(body) // the client may have gone
}
