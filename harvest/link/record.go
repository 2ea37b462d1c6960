package link

// A Record is what the linker looks at of a dataset as one source describes it.
type Record struct {
	IRI       string
	Source    string   // identifier of the source that shows the record
	ID        string   // the source's identifier of the dataset
	Portal    string   // number of the dataset at data.gov.tw when the source is that portal
	Titles    []string // the first is the main one
	Addresses []string // of distributions, as the source wrote them or encoded
	Declared  []string // IRIs of the same dataset elsewhere, as the source says
	Fields    []string // names of columns
	Publisher string   // identifier in the directory, "" when the publisher is not in it
	Name      string   // of the publisher, when it is not in the directory
	Creator   string   // identifier in the directory of the owner that the source itself names
	Frequency string   // IRI of the frequency, or the source's words
	Licence   string
	Formats   []string
	Text      string // description
	Modified  string // when the catalogue last saw a change of the record
}

// group names the catalogue that a record stands in. What several sources take
// from the portal, such as one for each bureau, is one catalogue.
func (r *Record) group() string {
	if r.Portal != "" {
		return "data.gov.tw"
	}
	return r.Source
}
