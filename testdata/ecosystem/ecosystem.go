package ecosystem

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed files
var files embed.FS

//go:embed config.yaml
var config string

// Records is how many datasets a first harvest of all sources finds.
const Records = 143 + 135 + 5 + 353 + 701 + 18 + 1 + 10

// Sources is how many sources [Config] has.
const Sources = 8

// Entities is how many entries the code lists of [Config] have: securities, companies and
// banks.
const Entities = 1347 + 51 + 82

// Config returns the configuration that harvests the recorded sources from a
// [Handler] at the address replay, such as http://127.0.0.1:8081, into a
// catalogue whose IRIs begin with base.
func Config(replay, base string) string {
	return strings.NewReplacer("{replay}", strings.TrimSuffix(replay, "/"), "{base}", base).Replace(config)
}

// answer is what an address was recorded to say.
type answer struct {
	mediaType string
	files     []string // one after the other
}

const raw = "/raw.githubusercontent.com/caasi/tw-odc/b7ea6d8/"

func answers() (map[string]answer, error) {
	captures, err := fs.Glob(files, "files/dcat/5961/*.ttl")
	if err != nil {
		return nil, err
	}
	slices.Sort(captures)
	const list = "/www.banking.gov.tw/ch/home.jsp?id=190&parentpath=0,3&mcustomize=opendata_list.jsp"
	return map[string]answer{
		"/openapi.twse.com.tw/v1/swagger.json": {"application/json",
			[]string{"files/openapi/twse.json"}},
		"/openapi.taifex.com.tw/swagger.json": {"application/json",
			[]string{"files/openapi/taifex.json"}},
		"/stat.fsc.gov.tw/FSC_OAS3_RESTORE/swagger/v2/swagger.json": {"application/json;charset=utf-8",
			[]string{"files/openapi/fsc.json"}},
		raw + "fsc_gov_tw_3a6cf7b0/manifest.json": {"application/json",
			[]string{"files/catalog/banking-bureau.manifest.json"}},
		raw + "mopsfin_twse_com_tw_dbfee610/manifest.json": {"application/json",
			[]string{"files/catalog/securities-futures-bureau.manifest.json"}},
		raw + "cdic_gov_tw_9d1ccd3a/manifest.json": {"application/json",
			[]string{"files/catalog/cdic.manifest.json"}},
		"/data.gov.tw/api/front/dataset/dcat.download?nid=5961": {"text/turtle;charset=UTF-8", captures},
		"/raw.githubusercontent.com/mlouielu/twstock/7794b13/twstock/codes/twse_equities.csv": {
			"text/plain;charset=utf-8", []string{"files/lists/twse_equities.csv"}},
		"/openapi.twse.com.tw/v1/opendata/t187ap03_L": {"application/json",
			[]string{"files/lists/t187ap03_L.json"}},
		"/raw.githubusercontent.com/wsmwason/taiwan-bank-code/e77f278/data/taiwanBankCodeTT.json": {
			"text/plain;charset=utf-8", []string{"files/lists/taiwanBankCodeTT.json"}},
		list:             {"text/html;charset=utf-8", []string{"files/html/list-1.html"}},
		list + "&page=1": {"text/html;charset=utf-8", []string{"files/html/list-1.html"}},
		list + "&page=2": {"text/html;charset=utf-8", []string{"files/html/list-2.html"}},
	}, nil
}

// Handler returns a server of the recorded answers. Anything else is 404.
func Handler() (http.Handler, error) {
	known, err := answers()
	if err != nil {
		return nil, fmt.Errorf("list recorded answers: %w", err)
	}
	data, err := Files()
	if err != nil {
		return nil, err
	}
	of := map[string]*File{}
	for i := range data {
		of[data[i].Address] = &data[i]
	}
	var mu sync.Mutex
	served := map[string]int{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.Path
		if r.URL.RawQuery != "" {
			key += "?" + r.URL.RawQuery
		}
		a, ok := known[key]
		if f := of[key]; f != nil {
			f.serve(w)
			return
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		n := min(served[key], len(a.files)-1)
		served[key]++
		mu.Unlock()
		body, err := files.ReadFile(a.files[n])
		if err != nil {
			http.Error(w, path.Base(a.files[n])+" is missing", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", a.mediaType)
		_, _ = w.Write(body) // the client may have gone
	}), nil
}
