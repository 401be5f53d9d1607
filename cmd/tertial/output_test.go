package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

type thing struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

func thingListing() *listing[thing] {
	return &listing[thing]{
		key:   "things",
		table: []column{{"NAME", 10}, {"", 6}, {"MORE", 0}},
		line:  func(x thing) []string { return []string{x.Name, "(x)", strings.Repeat("ö", x.N)} },
		csv:   []string{"name", "more"},
		cells: func(x thing) []string { return []string{x.Name, strings.Repeat("ö", x.N)} },
		none:  "no things",
	}
}

func printed(t *testing.T, form format, all iter.Seq2[thing, error]) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := &program{out: &o, err: &e, globals: globals{Output: form}}
	if err := thingListing().print(p, all); err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String()
}

func TestJSONListsAreNeverNull(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		var list []thing
		for i := range n {
			list = append(list, thing{Name: "<å & ä>", N: i})
		}
		out, _ := printed(t, asJSON, each(list))
		var got map[string][]thing
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got["things"] == nil || len(got["things"]) != n {
			t.Errorf("got %v, want %d", got, n)
		}
		if strings.Contains(out, `\u003c`) {
			t.Errorf("signs are escaped for HTML:\n%s", out)
		}
		want, err := json.MarshalIndent(map[string][]thing{"things": append([]thing{}, list...)}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(want)); strings.TrimSpace(out) != plain {
			t.Errorf("got\n%s\nwant\n%s", out, plain)
		}
	}
}

func TestATableIsAlignedByCharacters(t *testing.T) {
	out, _ := printed(t, asTable, each([]thing{{"Åke Öberg", 3}, {"En som heter något långt", 200}}))
	want := "NAME                MORE\n" +
		"Åke Öberg   (x)     ööö\n" +
		"En som he…  (x)     " + strings.Repeat("ö", 79) + "…\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	for _, line := range strings.Split(out, "\n") {
		if n := utf8.RuneCountInString(line); n > tableWidth {
			t.Errorf("a line of %d characters", n)
		}
	}
}

func TestAnEmptyTableSaysSoAside(t *testing.T) {
	out, errs := printed(t, asTable, each[thing](nil))
	if out != "" || errs != "no things\n" {
		t.Errorf("got %q and %q", out, errs)
	}
}

func TestAListThatFailsHalfwayFails(t *testing.T) {
	failed := errors.New("the line broke")
	half := func(yield func(thing, error) bool) {
		if yield(thing{Name: "a"}, nil) {
			yield(thing{}, failed)
		}
	}
	for _, form := range []format{asTable, asJSON, asCSV} {
		p := &program{out: &bytes.Buffer{}, err: &bytes.Buffer{}, globals: globals{Output: form}}
		if err := thingListing().print(p, half); !errors.Is(err, failed) {
			t.Errorf("%s: got %v", form, err)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, tt := range []struct{ cell, want string }{
		{"", ""},
		{"plain", "plain"},
		{"2027-7.2", "2027-7.2"},
		{"=1+1", "'=1+1"},
		{"+46 8", "'+46 8"},
		{"-1", "'-1"},
		{"@SUM", "'@SUM"},
		{"\tx", "'\tx"},
		{"\rx", "'\rx"},
		{"  =1", "'  =1"},
		{`"=1`, `'"=1`},
		{";=1", "';=1"},
		{"'quoted", "''quoted"},
		{"\x00=1", "'\x00=1"},
	} {
		if got := guarded([]string{tt.cell})[0]; got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.cell, got, tt.want)
		}
	}
}

func TestCSVIsReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[ '"=+\-@;,a\nåö]{0,6}`), 1, 4).Draw(t, "cells")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.Write(guarded(cells)); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		r := csv.NewReader(&b)
		got, err := r.Read()
		if err != nil {
			if len(cells) == 1 && cells[0] == "" {
				return // an empty line
			}
			t.Fatal(err)
		}
		for i := range got {
			if back := strings.TrimPrefix(got[i], "'"); back != cells[i] && !strings.HasPrefix(cells[i], "'") || got[i] != guarded(cells)[i] {
				t.Fatalf("got %q, want %q", got[i], cells[i])
			}
			if got[i] != "" && strings.ContainsRune("=+-@", firstSign(got[i])) {
				t.Fatalf("a formula: %q", got[i])
			}
		}
	})
}

func TestAVerbSaysWhichFormsItHas(t *testing.T) {
	for _, tt := range []struct {
		form format
		v    verb
		ok   bool
	}{
		{asTable, configShow{}, true},
		{asJSON, configShow{}, false},
		{asJSON, &actionShow{}, true},
		{asCSV, &actionShow{}, false},
		{asCSV, &actionList{}, true},
	} {
		p := &program{globals: globals{Output: tt.form}}
		if err := p.checkForm(tt.v); (err == nil) != tt.ok {
			t.Errorf("%T as %s: got %v", tt.v, tt.form, err)
		}
	}
}
