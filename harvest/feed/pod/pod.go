package pod

import (
	"regexp"
	"strings"
)

// A Catalog is the whole document.
type Catalog struct {
	Context     string    `json:"@context"`
	ID          string    `json:"@id"`
	Type        string    `json:"@type"`
	ConformsTo  string    `json:"conformsTo"`
	DescribedBy string    `json:"describedBy"`
	Dataset     []Dataset `json:"dataset"`
}

// A Dataset is one dataset of it.
type Dataset struct {
	Type               string         `json:"@type"`
	Identifier         string         `json:"identifier"`
	Title              string         `json:"title"`
	Description        string         `json:"description"`
	Keyword            []string       `json:"keyword"`
	Modified           string         `json:"modified"`
	Issued             string         `json:"issued,omitempty"`
	Publisher          Agent          `json:"publisher"`
	ContactPoint       Contact        `json:"contactPoint"`
	AccessLevel        string         `json:"accessLevel"`
	License            string         `json:"license,omitempty"`
	LandingPage        string         `json:"landingPage,omitempty"`
	SameAs             []string       `json:"sameAs,omitempty"` // not in the schema, which lets others in
	Language           []string       `json:"language,omitempty"`
	AccrualPeriodicity string         `json:"accrualPeriodicity,omitempty"`
	Theme              []string       `json:"theme,omitempty"`
	Distribution       []Distribution `json:"distribution,omitempty"`
}

// An Agent is who publishes a dataset.
type Agent struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

// A Contact is whom to ask about a dataset.
type Contact struct {
	Type     string `json:"@type"`
	Fn       string `json:"fn"`
	HasEmail string `json:"hasEmail,omitempty"`
}

// A Distribution is a file or an API of a dataset.
type Distribution struct {
	Type        string `json:"@type"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	DownloadURL string `json:"downloadURL,omitempty"`
	AccessURL   string `json:"accessURL,omitempty"`
	MediaType   string `json:"mediaType,omitempty"`
	Format      string `json:"format,omitempty"`
}

// What the schema takes for a media type and for the address of a contact.
var (
	MediaType = regexp.MustCompile(`^[-\w]+/[-\w]+(\.[-\w]+)*([+][-\w]+)?$`)
	Mail      = regexp.MustCompile(`^mailto:[\w~!$&'()*+,;=:.-]+@[\w.-]+\.[\w.-]+$`)
)

// frequencies are the intervals of ISO 8601 by the codes of the EU's list.
var frequencies = map[string]string{
	"CONT": "R/PT1S", "UPDATE_CONT": "R/PT1S", "HOURLY": "R/PT1H", "BIHOURLY": "R/PT2H", "TRIHOURLY": "R/PT3H",
	"12HRS": "R/PT12H", "DAILY_2": "R/PT12H", "DAILY": "R/P1D", "WEEKLY_5": "R/P0.2W", "WEEKLY_3": "R/P0.33W",
	"WEEKLY_2": "R/P3.5D", "WEEKLY": "R/P1W", "BIWEEKLY": "R/P2W", "MONTHLY_3": "R/P0.33M", "MONTHLY_2": "R/P0.5M",
	"MONTHLY": "R/P1M", "BIMONTHLY": "R/P2M", "QUARTERLY": "R/P3M", "ANNUAL_3": "R/P4M", "ANNUAL_2": "R/P6M",
	"ANNUAL": "R/P1Y", "BIENNIAL": "R/P2Y", "TRIENNIAL": "R/P3Y", "QUADRENNIAL": "R/P4Y", "QUINQUENNIAL": "R/P5Y",
	"DECENNIAL": "R/P10Y", "IRREG": "irregular", "AS_NEEDED": "irregular",
}

// Frequency is the interval of ISO 8601 for a frequency of the EU's list, "" for one that has none.
func Frequency(iri string) string { return frequencies[iri[strings.LastIndexByte(iri, '/')+1:]] }
