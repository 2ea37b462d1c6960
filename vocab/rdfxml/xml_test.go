package rdfxml

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// read returns what a document says, in its order.
func read(doc string, o document.Options) (quads []term.Quad, err error) {
	err = Read(context.Background(), strings.NewReader(doc), o, func(q term.Quad) error {
		quads = append(quads, q)
		return nil
	})
	return quads, err
}

// TestBrokenXML: what is not well-formed ends even lenient reading, with what
// came before it.
func TestBrokenXML(t *testing.T) {
	doc := "<rdf:RDF xmlns:rdf='" + vocab.RDFNS + "' xmlns:e='http://e/'>\n<e:C/>\n<e:D>"
	for _, end := range []string{
		"", "</e:C></rdf:RDF>", "<e:p>\x01</e:p></e:D></rdf:RDF>", "<", "<e:p a='1' a='2'/>", "<!-- -- -->",
	} {
		var e *document.Error
		quads, err := read(doc+end, document.Options{Lenient: true})
		if !errors.As(err, &e) || e.Line != 3 || len(quads) < 1 {
			t.Errorf("…%s: %d quads, error %v, want an error in line 3", end, len(quads), err)
		}
	}
}

// TestEntities: internal entities are read with a bound, external ones never.
func TestEntities(t *testing.T) {
	doc := func(declarations, text string) string {
		return "<!DOCTYPE r [" + declarations + "]>\n<e:C xmlns:e='http://e/'><e:p>" + text + "</e:p></e:C>"
	}
	value := func(s string) (string, error) {
		quads, err := read(s, document.Options{})
		if err != nil {
			return "", err
		}
		return quads[len(quads)-1].Object.Value(), nil
	}
	if got, err := value(doc(`<!ENTITY a "保險"> <!-- > --> <?x > ?> <!ELEMENT r ANY> <!ENTITY b '&a;業&#x8cc7;'>`,
		"&b;料&#38;")); got != "保險業資料&" ||
		err != nil {
		t.Errorf("entities give %q, %v", got, err)
	}
	if got, err := value(doc(`<!ENTITY a SYSTEM "file:///etc/passwd">`, "&a;")); err == nil {
		t.Errorf("an external entity gives %q", got)
	}
	laughs := `<!ENTITY a0 "haha">`
	for i := range 30 {
		laughs += fmt.Sprintf(`<!ENTITY a%d "&a%d;&a%d;">`, i+1, i, i)
	}
	var limit *document.LimitError
	if _, err := value(doc(laughs, "&a30;")); !errors.As(err, &limit) {
		t.Errorf("a billion laughs: error is %v, want a limit", err)
	}
}
