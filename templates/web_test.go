package templates

import (
	html "html/template"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func loadWeb(t *testing.T, dir string) *Web {
	t.Helper()
	w, err := LoadWeb(dir)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestThePagesTextsSayTheSameInBothLanguages(t *testing.T) {
	w := loadWeb(t, "")
	sv, en := w.texts[Swedish].entries, w.texts[English].entries
	for id, e := range sv {
		other, ok := en[id]
		if !ok {
			t.Errorf("there is no English text %q", id)
			continue
		}
		if got, want := other.placeholders(), e.placeholders(); !slices.Equal(got, want) {
			t.Errorf("%s: English has %v, Swedish %v", id, got, want)
		}
		if (e.One == "") != (other.One == "") {
			t.Errorf("%s has singular and plural in one language only", id)
		}
	}
	for id := range en {
		if _, ok := sv[id]; !ok {
			t.Errorf("there is no Swedish text %q", id)
		}
	}
}

func TestEachTextOfThePagesIsInOneFile(t *testing.T) {
	files, err := readAll(embeddedWeb)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range Languages() {
		where := make(map[string]string)
		for name, src := range files {
			if path.Dir(name) != textFolder || !strings.HasSuffix(name, "."+lang+".json") {
				continue
			}
			entries, err := readTexts(name, src)
			if err != nil {
				t.Fatal(err)
			}
			for id := range entries {
				if where[id] != "" {
					t.Errorf("%s is in %s and in %s", id, where[id], name)
				}
				where[id] = name
				if n := strings.Count(string(src), `"`+id+`":`); n != 1 {
					t.Errorf("%s is in %s %d times", id, name, n)
				}
			}
		}
	}
}

// usedText is a text that a template names outright, with the names of its placeholders.
var usedText = regexp.MustCompile(`\bt "([a-zA-Z0-9._-]+)"((?:\s+"[A-Za-z]+"\s+(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|"[^"]*"|[^\s"(){}]+))*)`)

var argument = regexp.MustCompile(`"([A-Za-z]+)"\s+(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|"[^"]*"|[^\s"(){}]+)`)

func TestEveryTextThatAPageNamesExistsAndGetsItsPlaceholders(t *testing.T) {
	w := loadWeb(t, "")
	for _, page := range append(w.Pages(), w.Parts()...) {
		for _, m := range usedText.FindAllStringSubmatch(w.Source(page), -1) {
			e, ok := w.texts[Swedish].entries[m[1]]
			if !ok {
				t.Errorf("%s names the text %q, which is not there", page, m[1])
				continue
			}
			var given []string
			for _, a := range argument.FindAllStringSubmatch(m[2], -1) {
				given = append(given, a[1])
			}
			for _, name := range e.placeholders() {
				if !slices.Contains(given, name) {
					t.Errorf("%s: %q gets %v, and wants %s", page, m[1], given, name)
				}
			}
		}
	}
}

// unwanted is what the policy of the pages does not let a browser do, or what no page of ours should have.
var unwanted = map[string]*regexp.Regexp{
	"a style attribute":       regexp.MustCompile(`(?i)\sstyle\s*=`),
	"a style element":         regexp.MustCompile(`(?i)<style`),
	"a script":                regexp.MustCompile(`(?i)<script|javascript:`),
	"an event handler":        regexp.MustCompile(`(?i)\son[a-z]+\s*=\s*"`),
	"something from outside":  regexp.MustCompile(`(?i)\b(src|href|action)\s*=\s*"https?:`),
	"a POST without its kind": regexp.MustCompile(`(?i)<form(?:[^>]*)method="?get"?[^>]*enctype`),
	"a tab index above zero":  regexp.MustCompile(`tabindex="[1-9]`),
}

func TestNoPageHasWhatThePolicyForbids(t *testing.T) {
	w := loadWeb(t, "")
	for _, page := range append(w.Pages(), w.Parts()...) {
		for what, pattern := range unwanted {
			if found := pattern.FindString(w.Source(page)); found != "" {
				t.Errorf("%s has %s: %s", page, what, found)
			}
		}
	}
}

func TestEveryPageHasATitleAndItsForms(t *testing.T) {
	w := loadWeb(t, "")
	form := regexp.MustCompile(`(?is)<form\b[^>]*method="post"[^>]*>.*?</form>`)
	for _, page := range w.Pages() {
		src := w.Source(page)
		for _, part := range []string{`{{define "title"}}`, `{{define "main"}}`} {
			if !strings.Contains(src, part) {
				t.Errorf("%s has no %s", page, part)
			}
		}
		if strings.Count(src, "<h1") == 0 && !strings.Contains(src, "{{template") {
			t.Errorf("%s has no h1", page)
		}
	}
	public := []string{"signin", "signin_code", "signin_link", "setup", "answer_all", "answer_handover", "demo"} // no session, no token
	for _, page := range append(w.Pages(), w.Parts()...) {
		for _, f := range form.FindAllString(w.Source(page), -1) {
			if !strings.Contains(f, `"csrf"`) && !slices.Contains(public, page) {
				t.Errorf("%s has a form without the token of its session: %.120s", page, f)
			}
		}
	}
}

func TestEveryPageIsParsedWithTheLayout(t *testing.T) {
	w := loadWeb(t, "")
	pages, err := parseAny(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range w.Pages() {
		if pages[page].Lookup("layout") == nil || pages[page].Lookup("main") == nil {
			t.Errorf("%s has no layout or no main", page)
		}
	}
}

// parseAny parses the pages with functions that do nothing, by whatever names they ask for.
func parseAny(w *Web) (map[string]*html.Template, error) {
	funcs := make(html.FuncMap)
	unknown := regexp.MustCompile(`function "([a-zA-Z]+)" not defined`)
	for {
		pages, err := w.Parse(funcs)
		if err == nil {
			return pages, nil
		}
		m := unknown.FindStringSubmatch(err.Error())
		if m == nil {
			return nil, err
		}
		funcs[m[1]] = func(...any) string { return "" }
	}
}

func TestAFolderReplacesPagesTextsAndFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := loadWeb(t, "").StaticName("site.css")
	write("web/error.html", `{{define "title"}}x{{end}}{{define "main"}}ours{{end}}`)
	write("webtexts/core.sv.json", `{"nav.help": "Stöd"}`)
	write("static/site.css", "body{}")
	w := loadWeb(t, dir)
	if !strings.Contains(w.Source("error"), "ours") {
		t.Error("the page is not the folder's")
	}
	if got := w.Texts(Swedish).T("nav.help", nil); got != "Stöd" {
		t.Errorf("got %q", got)
	}
	if got := w.Texts(Swedish).T("nav.log", nil); got != "Logg" {
		t.Errorf("got %q", got)
	}
	after := w.StaticName("site.css")
	if f, ok := w.Static(after); after == before || !ok || string(f.Content) != "body{}" || !strings.HasPrefix(f.Type, "text/css") {
		t.Errorf("got %s after %s, and %+v", after, before, f)
	}

	for name, c := range map[string][2]string{
		"a page that replaces nothing":      {"web/erorr.html", "x"},
		"a text that is not":                {"webtexts/core.sv.json", `{"nav.hjälp": "x"}`},
		"a placeholder that a text has not": {"webtexts/core.sv.json", `{"nav.help": "{{.Name}}"}`},
		"a page that cannot be parsed":      {"web/error.html", "{{if}}"},
		"a page of a megabyte":              {"web/error.html", strings.Repeat("x", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			dir = t.TempDir()
			write(c[0], c[1])
			w, err := LoadWeb(dir)
			if err == nil {
				_, err = parseAny(w)
			}
			if err == nil || !strings.Contains(err.Error(), path.Base(c[0])) {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
	if _, err := LoadWeb(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there is taken")
	}
}
