package rating

import (
	"fmt"
	"slices"

	"fincat/vocab/dcat"
)

// Stars are the result of the five stars of open data. Each star needs those before it.
type Stars struct {
	Stars int    `json:"stars"`
	Most  int    `json:"at_most"` // when what is not known is so
	File  int    `json:"file"`    // that gets them, from 1; 0 when there is none
	Each  []Star `json:"each"`
}

// Star is one of the five.
type Star struct {
	Is  Answer `json:"is"`
	Why string `json:"why"`
}

// Five gives the stars of a dataset: of the file that gets most.
func Five(s *Subject) *Stars {
	if len(s.Files) == 0 {
		out := &Stars{}
		for range 5 {
			out.Each = append(out.Each, Star{False, "the dataset has no file"})
		}
		return out
	}
	var best *Stars
	for i := range s.Files {
		x := s.stars(&s.Files[i])
		if best == nil || x.Stars > best.Stars || x.Stars == best.Stars && x.Most > best.Most {
			x.File = i + 1
			best = x
		}
	}
	return best
}

// stars are those of one file.
func (s *Subject) stars(f *File) *Stars {
	out := &Stars{Each: []Star{s.open(f), structured(f), format(f), {f.URIs, f.Why}, {f.Links, f.Why}}}
	for out.Stars < 5 && out.Each[out.Stars].Is == True {
		out.Stars++
	}
	for out.Most < 5 && out.Each[out.Most].Is != False {
		out.Most++
	}
	return out
}

// open is the first star: data that arrives, under an open licence.
func (s *Subject) open(f *File) Star {
	known, listed := dcat.LicenceOf(s.Licence)
	switch {
	case f.Arrives == False:
		return Star{False, "no data arrives"}
	case s.Licence == "" && s.LicenceText == "":
		return Star{False, "no licence is given: nothing allows its use"}
	case listed && !known.Open:
		return Star{False, known.Code + " is no open licence"}
	case !listed:
		return Star{Unknown, fmt.Sprintf("whether %q is an open licence is not known", or(s.LicenceText, s.Licence))}
	case f.Arrives == Unknown:
		return Star{Unknown, "whether data arrives is not known"}
	}
	return Star{True, "data arrives under " + known.Code}
}

// structured is the second star. RDF is structured, whatever the government's list has.
func structured(f *File) Star {
	if f.URIs == True {
		return Star{True, "the content is RDF"}
	}
	return Star{f.Structured, "the content is " + or(f.Format, "not known")}
}

// format is the third star: a format that nobody owns.
func format(f *File) Star {
	if f.Format == "" {
		return Star{Unknown, "the content is not known"}
	}
	iri, _, ok := dcat.Format(f.Format)
	if f.Format == "jsonl" {
		iri, _, ok = dcat.Format("json")
	}
	if !ok {
		return Star{Unknown, "no list says who owns the format " + f.Format}
	}
	code, _, _ := dcat.FileType(iri)
	if slices.Contains(nonProprietary, code) || slices.Contains([]string{"ATOM", "YAML", "GML", "N3"}, code) {
		return Star{True, f.Format + " belongs to nobody"}
	}
	return Star{False, f.Format + " is not in the list of formats that nobody owns"}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
