package gap

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"tertial/internal/tertial"
)

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	for _, s := range []string{
		smallTable, englishHead + "4.1,a,yes,,,,,\n", "4.1", "4.1 Ja", "4.1\n4.1\n4.1 Ja", "A.5.1\tx\tJa", "4.1\nDelvis\n- \n-\n/\n", "4.1 Nej - - Hög", "4.1 Nej Hög Hög Hög", "\f4.1\fJa\f", "4.1 x. Nej ISAM och och HR - följer upp Hög T1",
		"4.1 \u00ad\n\u00ad Ja", "4.1 . Ja .", "1.1 (2)\n1.1 (2)\n1.1 Ja", "PK\x03\x04", "klausul;krav\n", "4.1 Nej \" ” Låg v.",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		p, err := Read(data, testOptions())
		if err != nil {
			if !errors.Is(err, tertial.ErrInvalid) && !errors.Is(err, tertial.ErrRefused) {
				t.Fatalf("the error has no kind: %v", err)
			}
			return
		}
		if p.Findings == nil || p.Actions == nil || p.Problems == nil || p.Twins == nil {
			t.Fatal("a list is nil")
		}
		if len(p.Findings) == 0 && len(p.Problems) == 0 {
			t.Fatal("nothing was read and nothing is said of it")
		}
		for _, x := range p.Findings {
			for _, s := range []string{x.Requirement, x.Observation, x.Proposal, x.Owner, x.Timing} {
				if Clean(s) != s || !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x00") {
					t.Fatalf("%q is not clean", s)
				}
			}
		}
		refs := map[string]bool{}
		for _, a := range p.Actions {
			if refs[a.Ref] {
				t.Fatalf("%s comes twice", a.Ref)
			}
			refs[a.Ref] = true
			if utf8.RuneCountInString(a.Title) > maxTitle || a.Title == "" {
				t.Fatalf("title %q", a.Title)
			}
		}
	})
}

func FuzzReadPeople(f *testing.F) {
	f.Add([]byte(peopleHead + "Eva,e@s.example,ISAM;HR,sv,weekly,,,2027-01-01,,\n"))
	f.Add([]byte("namn;epost;roller\n;;\na;b;c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		people, _, err := ReadPeople(data, "p.csv")
		if err != nil {
			if !errors.Is(err, tertial.ErrInvalid) && !errors.Is(err, tertial.ErrRefused) {
				t.Fatalf("the error has no kind: %v", err)
			}
			return
		}
		for _, p := range people {
			if p.Name == "" || strings.ContainsAny(p.Email, "\r\n <>,;") || p.Holdings == nil {
				t.Fatalf("got %+v", p)
			}
		}
	})
}
