package feed

import (
	"encoding/json"
	"errors"
	"fincat/vocab/dcat"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ckanVersion is the version of CKAN whose Action API is followed.
const ckanVersion = "2.10.0"

// ckanAction answers one action of CKAN's Action API.
type ckanAction struct {
	help   string
	params []string // that it knows
	run    func(*ckanCall) (any, error)
}

// ckanActions are those that only read, since nothing is changed through this interface.
var ckanActions = map[string]ckanAction{}

func init() { // the table names functions that look into it
	ckanActions = map[string]ckanAction{
		"package_list": {"The names of all datasets.", []string{"limit", "offset", "records"},
			(*ckanCall).packageList},
		"package_show": {"A dataset by its id, name or IRI.",
			[]string{"id", "name_or_id", "include_tracking", "use_default_schema"}, (*ckanCall).packageShow},
		"package_search": {"Datasets that q and fq select.", []string{"q", "fq", "fq_list", "sort", "rows", "start",
			"facet", "facet.field", "facet.limit", "facet.mincount", "include_drafts", "include_private",
			"include_deleted", "use_default_schema", "records"}, (*ckanCall).packageSearch},
		"current_package_list_with_resources": {"Datasets whole, what changed last first.",
			[]string{"limit", "offset", "page", "records"}, (*ckanCall).currentPackages},
		"organization_list": {"The organisations that publish datasets.", ckanListParams, (*ckanCall).groupList},
		"organization_show": {"An organisation by its id.", ckanShowParams, (*ckanCall).groupShow},
		"group_list":        {"The themes of datasets.", ckanListParams, (*ckanCall).groupList},
		"group_show":        {"A theme by its id.", ckanShowParams, (*ckanCall).groupShow},
		"tag_list":          {"The keywords of datasets.", []string{"query", "all_fields"}, (*ckanCall).tagList},
		"license_list":      {"The licences that are known.", nil, (*ckanCall).licenceList},
		"resource_show":     {"A file or service of a dataset by its id.", []string{"id"}, (*ckanCall).resourceShow},
		"status_show":       {"What answers here.", nil, (*ckanCall).statusShow},
		"help_show":         {"What an action does, and its parameters.", []string{"name"}, (*ckanCall).helpShow},
	}
}

var (
	ckanListParams = []string{"all_fields", "limit", "offset", "sort", "order_by", "organizations", "groups",
		"include_dataset_count"}
	ckanShowParams = []string{"id", "include_datasets", "include_dataset_count", "include_extras", "include_users",
		"include_groups", "include_tags", "include_followers"}
)

// ckanCall is one call of an action.
type ckanCall struct {
	*reader
	action string
	params map[string]any // as JSON has them
	rank   map[string]int // of datasets that words found, by IRI, the best 0
}

// ckanFault is an error in CKAN's form.
type ckanFault struct {
	status int
	kind   string              // such as "Validation Error"
	text   string              // for kinds that say it in one sentence
	fields map[string][]string // what is wrong with which parameter
}

func (f *ckanFault) Error() string { return f.kind + ": " + f.text }

func ckanInvalid(param, format string, args ...any) error {
	return &ckanFault{status: http.StatusConflict, kind: "Validation Error",
		fields: map[string][]string{param: {fmt.Sprintf(format, args...)}}}
}

var errCKANNotFound = &ckanFault{status: http.StatusNotFound, kind: "Not Found Error", text: "Not found"}

// ckan answers a call of the Action API.
func (h *Handler) ckan(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("action")
	action, ok := ckanActions[name]
	if !ok {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, "Bad request - Action name not known: "+name)
		return
	}
	params, err := ckanParams(w, r, action.params)
	if err != nil {
		h.ckanFail(w, r, name, err)
		return
	}
	h.withSnapshot(w, r, func(rd *reader) error {
		result, err := action.run(&ckanCall{reader: rd, action: name, params: params})
		if fault := (*ckanFault)(nil); errors.As(err, &fault) {
			h.ckanFail(w, r, name, fault)
			return nil
		}
		if err != nil {
			return err
		}
		answer := map[string]any{"help": ckanHelp(h.Base, name), "success": true, "result": result}
		if r.Method != http.MethodPost {
			return h.sendJSON(w, r, rd, answer)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		writeJSON(w, answer)
		return nil
	})
}

func ckanHelp(b dcat.Base, action string) string {
	return string(b) + "api/3/action/help_show?name=" + url.QueryEscape(action)
}

func (h *Handler) ckanFail(w http.ResponseWriter, r *http.Request, action string, err error) {
	fault := (*ckanFault)(nil)
	if !errors.As(err, &fault) {
		h.fail(w, r, err)
		return
	}
	says := map[string]any{"__type": fault.kind}
	if fault.text != "" {
		says["message"] = fault.text
	}
	for param, texts := range fault.fields {
		says[param] = texts
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(fault.status)
	writeJSON(w, map[string]any{"help": ckanHelp(h.Base, action), "success": false, "error": says})
}

// maxCKANBody bounds the parameters of a call, in bytes.
const maxCKANBody = 64 << 10

// ckanParams reads the parameters of a call: from the address, and from the body as a JSON
// object, which many clients send as if it were a form, or as a form.
func ckanParams(w http.ResponseWriter, r *http.Request, known []string) (map[string]any, error) {
	out := map[string]any{}
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, ckanMalformed("the parameters cannot be read: %v", err)
	}
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCKANBody))
		if err != nil {
			return nil, ckanMalformed("the body cannot be read, or has more than %d bytes", maxCKANBody)
		}
		more, err := ckanBody(r.Header.Get("Content-Type"), body, out)
		if err != nil {
			return nil, err
		}
		for name, values := range more {
			form[name] = append(form[name], values...)
		}
	}
	for name, values := range form {
		if len(values) == 1 {
			out[name] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		out[name] = list
	}
	for name := range out {
		if !slices.Contains(known, name) {
			return nil, ckanInvalid(name, "there is no parameter %q; there are %q", name, known)
		}
	}
	return out, nil
}

func ckanMalformed(format string, args ...any) error {
	return &ckanFault{status: http.StatusBadRequest, kind: "Bad Request", text: fmt.Sprintf(format, args...)}
}

// ckanBody adds the members of a JSON object to params, or returns what a form has.
func ckanBody(contentType string, body []byte, params map[string]any) (url.Values, error) {
	text := strings.TrimSpace(string(body))
	media, _, _ := mime.ParseMediaType(contentType)
	switch {
	case text == "":
		return nil, nil
	case strings.HasPrefix(text, "{") || media == "application/json":
		if err := json.Unmarshal([]byte(text), &params); err != nil {
			return nil, ckanMalformed("JSON Error: the body is no JSON object: %v", err)
		}
		return nil, nil
	case media == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(text)
		if err != nil {
			return nil, ckanMalformed("the form cannot be read: %v", err)
		}
		return form, nil
	}
	return nil, ckanMalformed("the body is neither a JSON object nor a form")
}

// text returns a parameter that is a text, "" when it is not there.
func (c *ckanCall) text(name string) (string, error) {
	switch v := c.params[name].(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", ckanInvalid(name, "Must be a string")
}

// number returns a parameter that is a number from 0 to most, which bounds it.
func (c *ckanCall) number(name string, otherwise, most int) (int, error) {
	s, err := c.text(name)
	if err != nil {
		return 0, err
	}
	n, err := bounded(s, otherwise, most)
	if err != nil {
		return 0, ckanInvalid(name, "Must be a natural number: %v", err)
	}
	return n, nil
}

// truth returns a parameter that is true or false.
func (c *ckanCall) truth(name string, otherwise bool) (bool, error) {
	s, err := c.text(name)
	switch strings.ToLower(s) {
	case "":
		return otherwise, err
	case "true", "1", "yes", "t", "y", "on":
		return true, err
	case "false", "0", "no", "f", "n", "off":
		return false, err
	}
	return false, ckanInvalid(name, "Must be true or false, not %q", s)
}

// texts returns a parameter that is a list of texts: one of JSON, or a single text.
func (c *ckanCall) texts(name string) ([]string, error) {
	value := c.params[name]
	if s, ok := value.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "[") {
		if err := json.Unmarshal([]byte(s), &value); err != nil {
			return nil, ckanInvalid(name, "Must be a list in JSON: %v", err)
		}
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		if v == "" {
			return nil, nil
		}
		return []string{v}, nil
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, ckanInvalid(name, "Must be a list of strings")
			}
			out[i] = s
		}
		return out, nil
	}
	return nil, ckanInvalid(name, "Must be a list of strings")
}

// bounded reads a number from 0 to most.
func bounded(s string, otherwise, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no number from 0 to %d", s, most)
	}
	return min(n, most), nil
}

func (c *ckanCall) helpShow() (any, error) {
	name, err := c.text("name")
	if err != nil {
		return nil, err
	}
	action, ok := ckanActions[name]
	if !ok {
		return nil, errCKANNotFound
	}
	if len(action.params) == 0 {
		return action.help + " It has no parameters.", nil
	}
	return action.help + " Parameters: " + strings.Join(action.params, ", ") + ".", nil
}

// statusShow says what answers. Clients look at the version to know what they may ask for.
func (c *ckanCall) statusShow() (any, error) {
	title, err := c.name(c.h.Base.Catalog())
	return map[string]any{"ckan_version": ckanVersion, "site_url": strings.TrimSuffix(string(c.h.Base), "/"),
		"site_title": title, "site_description": "", "error_emails_to": nil, "locale_default": "zh_Hant_TW",
		"extensions": []string{}}, err
}
