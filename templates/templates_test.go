package templates

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func load(t testing.TB, dir string) *Set {
	t.Helper()
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// folder makes a folder of overrides.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFolderReplacesFileByFile(t *testing.T) {
	dir := folder(t, map[string]string{
		"mail/block.txt":   "** {{.Ref}} {{.Title}}\n",
		"texts/sv.json":    `{"weekday.3": "onsdag", "days.left": {"one": "{{.N}} dygn kvar", "other": "{{.N}} dygn kvar"}}`,
		"README.md":        "ours",
		"mail/notes~":      "ours",
		"web/.placeholder": "",
	})
	s := load(t, dir)
	piece, err := s.Block(&Block{Language: Swedish, Ref: "2024-7.2", Title: "Titel"})
	if err != nil {
		t.Fatal(err)
	}
	if got := piece.Text(); got != "** 2024-7.2 Titel\n" {
		t.Errorf("block: got %q", got)
	}
	if got := string(piece.HTML()); !strings.Contains(got, "<h3") {
		t.Errorf("what is not replaced is lost: %s", got)
	}
	sv, en := s.Texts(Swedish), s.Texts(English)
	for got, want := range map[string]string{
		sv.T("weekday.3", nil): "onsdag", sv.T("weekday.4", nil): "tor", en.T("weekday.3", nil): "Wed",
		sv.T("days.left", Args{"N": 1}): "1 dygn kvar", en.T("days.left", Args{"N": 1}): "in 1 day",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if s.Version() == load(t, "").Version() {
		t.Error("other templates have the same version")
	}
	if again := load(t, "").Version(); again != load(t, "").Version() {
		t.Error("the same templates have two versions")
	}
}

func TestAWrongOverrideIsAnErrorThatSaysWhere(t *testing.T) {
	const letter = "<!DOCTYPE html><html lang=\"{{.Language}}\"><body>{{range .Sections}}{{range .Blocks}}{{.HTML}}{{end}}{{range .Lines}}{{.Ref}}{{end}}{{end}}\n"
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"a slip of syntax", "mail/letter.html", "a\nb\n{{range .Sections}}", []string{"mail/letter.html:3", "unexpected EOF"}},
		{"a field that is not there", "mail/letter.txt", "a\n{{.Titel}}", []string{"mail/letter.txt:2", "Titel"}},
		{"a field of a block that is not there", "mail/block.html", "<p>{{.Owner}}</p>", []string{"mail/block.html:1", "Owner"}},
		{"a function that is not there", "mail/block.txt", "\n\n{{upper .Ref}}", []string{"mail/block.txt:3", "upper"}},
		{"a template that calls itself", "mail/block.txt", `{{template "mail/block.txt" .}}`, []string{"mail/block.txt"}},
		{"output without end", "mail/letter.txt", `{{range 1000000000}}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{{end}}`, []string{"mail/letter.txt", "too much"}},
		{"nothing at all", "mail/letter.txt", " ", []string{"mail/letter.txt", "nothing"}},
		{"an action is left out", "mail/letter.txt", "Hej!", []string{"not every action"}},
		{"an action is left out of the HTML", "mail/letter.html", `<html lang="sv"><body>{{.Greeting}}</body></html>`, []string{"mail/letter.html", "not every action"}},
		{"an element that is not closed", "mail/letter.html", letter, []string{"mail/letter.html", "<body> is never closed"}},
		{"elements closed crosswise", "mail/block.html", "<p>{{.Ref}}<b></p></b>", []string{"</p>"}},
		{"a script", "mail/block.html", "<script>1</script>{{.Ref}}", []string{"<script>"}},
		{"a form", "mail/block.html", `<form action="https://x">{{.Ref}}</form>`, []string{"<form>"}},
		{"an image from elsewhere", "mail/block.html", `{{.Ref}}<img src="https://x/y.png">`, []string{"<img>"}},
		{"a style from elsewhere", "mail/block.html", `<p style="background:url(https://x)">{{.Ref}}</p>`, []string{"fetches"}},
		{"an event", "mail/block.html", `<p onclick="x()">{{.Ref}}</p>`, []string{"onclick"}},
		{"a link that runs", "mail/block.html", `<a href="javascript:x">{{.Ref}}</a>`, []string{"leads nowhere"}},
		{"no language", "mail/letter.html", `<html>{{range .Sections}}{{range .Blocks}}{{.HTML}}{{end}}{{range .Lines}}{{.Ref}}{{end}}{{end}}</html>`, []string{"language"}},
		{"a file that replaces nothing", "mail/leter.html", "x", []string{"leter.html", "mail/letter.html"}},
		{"a language that is not there", "texts/fi.json", "{}", []string{"fi.json", "texts/sv.json"}},
		{"texts that are no JSON", "texts/sv.json", "{\n\"weekday.3\": \"ons\",\n}", []string{"texts/sv.json:3"}},
		{"a text that is no text", "texts/sv.json", "{\n\"weekday.3\": 7}", []string{"texts/sv.json"}},
		{"a text that is not there", "texts/sv.json", "{\n\n\"greting\": \"Hej\"}", []string{"texts/sv.json:3", "greting"}},
		{"an empty text", "texts/sv.json", "{\"greeting\": \"\"}", []string{"texts/sv.json:1", "is empty"}},
		{"a placeholder that is not there", "texts/sv.json", "{\n\"greeting\": \"Hej {{.Namn}}\"}", []string{"texts/sv.json:2", "{{.Namn}}", "Name"}},
		{"a text that is a program", "texts/sv.json", "{\"greeting\": \"{{range .}}{{end}}\"}", []string{"texts/sv.json:1", "placeholders"}},
		{"a count without a singular", "texts/sv.json", "{\"days.left\": \"om {{.N}} dagar\"}", []string{"texts/sv.json:1", "one"}},
		{"a form of plural that is not there", "texts/sv.json", "{\"days.left\": {\"many\": \"x\"}}", []string{"texts/sv.json", "many"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, map[string]string{tt.file: tt.text})
			_, err := Load(dir)
			if !errors.Is(err, ErrTemplate) {
				t.Fatalf("got %v, want ErrTemplate", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, ErrTemplate) {
		t.Errorf("a folder that is not there: got %v", err)
	}
	if _, err := Load(folder(t, map[string]string{"mail/block.txt": strings.Repeat("x", maxOverride+1)})); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a file that is too large: got %v", err)
	}
}

// A folder of overrides cannot make the program read what lies outside it.
func TestAFolderDoesNotReachOutOfItself(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("{{.Ref}} secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "mail", "block.txt")); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := Load(dir); err == nil {
		t.Error("a link out of the folder was followed")
	}
}

// Both languages hold the same ids, with the same placeholders.
func TestLanguagesAreComplete(t *testing.T) {
	files, err := readAll(embedded)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]map[string]entry)
	for _, lang := range Languages() {
		name := "texts/" + lang + ".json"
		if all[lang], err = readTexts(name, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range Languages() {
		for id, e := range all[lang] {
			other, ok := all[Swedish][id]
			if !ok {
				t.Errorf("%s: %q is not there in Swedish", lang, id)
			}
			if got, want := e.placeholders(), other.placeholders(); !slices.Equal(got, want) {
				t.Errorf("%s: %q has the placeholders %q, want %q", lang, id, got, want)
			}
		}
		if got, want := len(all[lang]), len(all[Swedish]); got != want {
			t.Errorf("%s has %d texts, want %d", lang, got, want)
		}
	}
}

// Every text can be said, with each count, and leaves no placeholder open.
func TestEveryTextCanBeSaid(t *testing.T) {
	files, err := readAll(embedded)
	if err != nil {
		t.Fatal(err)
	}
	s := load(t, "")
	for _, lang := range Languages() {
		entries, err := readTexts("texts/"+lang+".json", files["texts/"+lang+".json"])
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range slices.Sorted(maps.Keys(entries)) {
			for _, n := range []int{0, 1, 2, 11} {
				args := Args{}
				e := entries[id]
				for _, p := range e.placeholders() {
					args[p] = "å<&>{{.}}"
				}
				if _, counted := args["N"]; counted {
					args["N"] = n
				}
				got := s.Texts(lang).T(id, args)
				if got == id || got == "" || strings.Contains(got, "<no value>") || strings.Contains(got, "&amp;") {
					t.Errorf("%s %s of %d: got %q", lang, id, n, got)
				}
			}
		}
	}
}

func TestAMissingTextShowsItsID(t *testing.T) {
	sv := load(t, "").Texts(Swedish)
	if got := sv.T("no.such.text", nil); got != "no.such.text" || sv.Has(got) || !sv.Has("greeting") {
		t.Errorf("got %q", got)
	}
	if got := load(t, "").Texts("fi").Language(); got != Swedish {
		t.Errorf("a language that is not there: got %q, want Swedish", got)
	}
}

func TestPlurals(t *testing.T) {
	s := load(t, "")
	for n, want := range map[int][2]string{0: {"om 0 dagar", "in 0 days"}, 1: {"om 1 dag", "in 1 day"}, 2: {"om 2 dagar", "in 2 days"}, 21: {"om 21 dagar", "in 21 days"}} {
		for i, lang := range Languages() {
			if got := s.Texts(lang).T("days.left", Args{"N": n}); got != want[i] {
				t.Errorf("got %q, want %q", got, want[i])
			}
		}
	}
}

func TestTheSampleIsThere(t *testing.T) {
	for _, name := range []string{"gapanalys.txt", "people.csv"} {
		if b, err := fs.ReadFile(Sample(), name); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, "")
	}
}
