package feed

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"fincat/harvest/feed/croissant"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// croissantData has a dataset with a CSV file whose columns are described.
const croissantData = ckanData + `<graph/one/a> { <distribution/one/a/1> <http://www.w3.org/ns/dcat#mediaType>
  <https://www.iana.org/assignments/media-types/text/csv> . }
<graph/columns/one/a> { <columns/one/a#2> <http://www.w3.org/ns/csvw#titles> "收盤 價" ; <` + vocab.FincatPosition + `> 2 .
  <columns/one/a#1> <http://www.w3.org/ns/csvw#titles> "公司代號" ; <` + vocab.FincatPosition + `> 1 ;
    <` + vocab.FincatIdentifies + `> <identifier/stock> . }`

// TestCroissant reads the description of a table as RDF, and has the reference
// implementation read it where that is installed.
func TestCroissant(t *testing.T) {
	_, h := newHandlerOver(t, croissantData)
	w := get(h, "croissant.json?dataset="+base.Dataset("one", "a"))
	var doc struct {
		Distribution []map[string]string
		RecordSet    []struct {
			Field []struct {
				Name   string
				Source struct {
					FileObject map[string]string
					Extract    map[string]string
				}
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK || len(doc.RecordSet) != 1 {
		t.Fatalf("GET = %d %s", w.Code, w.Body)
	}
	var names []string
	for _, f := range doc.RecordSet[0].Field {
		names = append(names, f.Name)
		if f.Source.FileObject["@id"] != doc.Distribution[0]["@id"] || f.Source.Extract["column"] != f.Name {
			t.Errorf("the field %s comes from %v", f.Name, f.Source)
		}
	}
	if want := []string{"公司代號", "收盤 價"}; !slices.Equal(names, want) {
		t.Errorf("fields %q, want %q", names, want)
	}
	quads, err := rdfio.ReadAll(t.Context(), w.Body, rdfio.ReadOptions{Format: rdfio.JSONLD,
		Base: string(base)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(quads, func(q term.Quad) bool {
		return q.Subject == term.NewIRI(base.Dataset("one", "a")) && q.Predicate.Value() == vocab.DCTConformsTo &&
			q.Object.Value() == croissant.Version
	}) {
		t.Error("the dataset does not say what it conforms to")
	}
	for path, want := range map[string]int{"croissant.json": http.StatusBadRequest,
		"croissant.json?dataset=x":                           http.StatusBadRequest,
		"croissant.json?dataset=" + base.Dataset("one", "b"): http.StatusNotFound} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
}

func TestCroissantReference(t *testing.T) {
	if exec.Command("python3", "-c", "import mlcroissant").Run() != nil {
		t.Skip("mlcroissant is not installed: pip install mlcroissant")
	}
	_, h := newHandlerOver(t, croissantData)
	file := filepath.Join(t.TempDir(), "croissant.json")
	body := get(h, "croissant.json?dataset="+base.Dataset("one", "a")).Body.Bytes()
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "python3", "-c", `import sys, mlcroissant
d = mlcroissant.Dataset(sys.argv[1])
fields = [f.name for r in d.metadata.record_sets for f in r.fields]
assert len(fields) == 2 and not d.metadata.ctx.issues.errors, (fields, d.metadata.ctx.issues.report())
print(d.metadata.ctx.issues.report())`, file).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s\n%s", err, out, body)
	}
	t.Logf("%s", out)
}
