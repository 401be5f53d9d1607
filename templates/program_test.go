package templates

import (
	"errors"
	html "html/template"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	plaintext "text/template"

	"pgregory.net/rapid"
)

func TestTheEmbeddedTemplatesPassTheirTrialsAndHavePrograms(t *testing.T) {
	s := load(t, "")
	for _, name := range []string{letterHTML, letterText, blockHTML, blockText} {
		if s.programs[name] == nil {
			t.Errorf("%s has none", name)
		}
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
	s.compare()
	if got := len(s.programs); got != 4 {
		t.Errorf("%d programs put out what their templates do, want 4", got)
	}
}

// words draws text as it comes from people, and as it should not.
func words() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Just(""),
		rapid.Just(hostile),
		rapid.StringMatching(`[a-zåäö]{1,12}( [a-z]{1,9}){0,30}`),
		rapid.StringOfN(rapid.RuneFrom([]rune("<>&\"'+`=/ \x00\n{}.-åé\u2028\ufffe\U0001F512")), 0, 40, -1),
		rapid.Custom(func(rt *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "bytes")) }),
	)
}

// addresses draws what a link could lead to: pages of ours, and whatever else a text can be.
func addresses() *rapid.Generator[string] {
	return rapid.OneOf(
		words(),
		rapid.StringMatching(`https?://[a-z.]{1,12}(/[a-zA-Z0-9._~-]{0,30}){0,3}(\?svar=[a-z-]{0,9})?(#[a-z]{0,9})?`),
		rapid.Map(rapid.StringOfN(rapid.RuneFrom([]rune(plainAddress+" &+;%@!$'()*,[]å<>\"\x00")), 0, 40, -1), func(s string) string { return "https://" + s }),
		rapid.SampledFrom([]string{"javascript:alert(1)", "HTTPS://x.example", "mailto:a@b.se", "//x.example", "data:text/html,x", trialURL}),
	)
}

func randomLinks(rt *rapid.T) []Link {
	var all []Link
	for range rapid.IntRange(0, 3).Draw(rt, "links") {
		all = append(all, Link{words().Draw(rt, "link"), addresses().Draw(rt, "address")})
	}
	return all
}

func randomBlock(rt *rapid.T) *Block {
	w, ws := words(), rapid.SliceOfN(words(), 0, 3)
	b := &Block{
		Language: rapid.SampledFrom([]string{Swedish, English, ""}).Draw(rt, "language"), Ref: w.Draw(rt, "ref"), Title: w.Draw(rt, "title"),
		Symbol: w.Draw(rt, "symbol"), State: w.Draw(rt, "state"), Notes: ws.Draw(rt, "notes"), Description: ws.Draw(rt, "description"),
	}
	b.Ask, b.Links, b.More = w.Draw(rt, "ask"), randomLinks(rt), Link{w.Draw(rt, "more"), addresses().Draw(rt, "more address")}
	for range rapid.IntRange(0, 3).Draw(rt, "facts") {
		b.Facts = append(b.Facts, Fact{w.Draw(rt, "label"), w.Draw(rt, "value")})
	}
	return b
}

func randomLetter(rt *rapid.T, s *Set) *Letter {
	w, ws := words(), rapid.SliceOfN(words(), 0, 3)
	l := &Letter{
		Language: w.Draw(rt, "language"), Subject: w.Draw(rt, "subject"), Preheader: w.Draw(rt, "preheader"), Marks: ws.Draw(rt, "marks"),
		Greeting: w.Draw(rt, "greeting"), Paragraphs: ws.Draw(rt, "paragraphs"), Ask: w.Draw(rt, "ask"), Answers: ws.Draw(rt, "answers"),
		Footer: ws.Draw(rt, "footer"),
	}
	for range rapid.IntRange(0, 3).Draw(rt, "sections") {
		section := Section{Heading: w.Draw(rt, "heading"), Note: w.Draw(rt, "note"), More: w.Draw(rt, "more"), Link: addresses().Draw(rt, "link"),
			Buttons: randomLinks(rt), Code: w.Draw(rt, "code")}
		for range rapid.IntRange(0, 3).Draw(rt, "blocks") {
			piece, err := s.Block(randomBlock(rt))
			if err != nil {
				rt.Fatal(err)
			}
			section.Blocks = append(section.Blocks, piece)
		}
		for range rapid.IntRange(0, 3).Draw(rt, "lines") {
			section.Lines = append(section.Lines, Line{w.Draw(rt, "ref"), w.Draw(rt, "text")})
		}
		if rapid.Bool().Draw(rt, "has a table") {
			section.Table = &Table{Caption: w.Draw(rt, "caption"), Head: ws.Draw(rt, "head"), Rows: rapid.SliceOfN(ws, 0, 3).Draw(rt, "rows")}
		}
		l.Sections = append(l.Sections, section)
	}
	return l
}

// same finds that a program puts out what its template does.
func same(t interface{ Errorf(string, ...any) }, s *Set, name string, data any) {
	want, err := s.executed(name, data)
	got, ok := s.programs[name].execute(data)
	if !ok || err != nil || got != want {
		t.Errorf("%s of %+v:\ngot  %q, %v\nwant %q, %v", name, data, got, ok, want, err)
	}
}

func TestAProgramPutsOutWhatItsTemplateDoes(t *testing.T) {
	s := load(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		b := randomBlock(rt)
		same(rt, s, blockText, b)
		same(rt, s, blockHTML, b)
		l := randomLetter(rt, s)
		same(rt, s, letterText, l)
		same(rt, s, letterHTML, l)
	})
}

func TestAProgramIsRunByManyAtOnce(t *testing.T) {
	s := load(t, "")
	var letters []*Letter
	var want []string
	for _, sample := range trials() {
		piece, err := s.Block(trialBlock(Swedish, sample))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range trialLetters(Swedish, sample, piece) {
			_, marked, err := s.Letter(l)
			if err != nil {
				t.Fatal(err)
			}
			letters, want = append(letters, l), append(want, marked)
		}
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				k := (i + g) % len(letters)
				if _, marked, err := s.Letter(letters[k]); err != nil || marked != want[k] {
					t.Errorf("letter %d: %v, or not the same page", k, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// What a folder's template may do with a block, and whether a program can do it. What has none is only slow.
func blockTemplates() []struct {
	name, src string
	program   bool
} {
	return []struct {
		name, src string
		program   bool
	}{
		{"words alone", `<p>2024-7.2</p>`, true},
		{"a field that is never used", `<p>{{.Ref}}</p>`, true},
		{"a field twice", `<p>{{.Ref}} {{.Title}} {{.Title}}</p>`, true},
		{"a field in an attribute", `<p title="{{.Title}}">{{.Ref}}</p>`, true},
		{"a field in a title", `<title>{{.Title}}</title>{{.Ref}}`, true},
		{"a field in an address", `<a href="https://x.example/{{.Ref}}">{{.Ref}}</a>`, false},
		{"a field that is an address", `<p><a href="{{.Symbol}}">{{.Ref}}</a></p>`, true},
		{"a field in a style", `<p style="color:{{.Symbol}}">{{.Ref}}</p>`, false},
		{"a field without quotes", `<p title={{.Ref}}>{{.Ref}}</p>`, false},
		{"a condition", `<p>{{if .Title}}{{.Title}}{{else}}-{{end}}{{.Ref}}</p>`, true},
		{"a condition on a list", `<p>{{if .Facts}}{{.Ref}}{{else if .Notes}}n{{end}}</p>`, true},
		{"with, and what else", `<p>{{.Ref}}{{with .Title}}{{.}}{{else}}{{.State}}{{end}}</p>`, true},
		{"a list, and what else", `<p>{{.Ref}}{{range .Notes}}{{.}}{{else}}{{.State}}{{end}}</p>`, true},
		{"a list with its places", `<p>{{.Ref}}{{range $i, $f := .Facts}}{{if $i}}, {{end}}{{$f.Label}}{{end}}</p>`, true},
		{"a list by a name", `<p>{{.Ref}}{{range $n := .Notes}}{{range $.Facts}}{{$n}}{{.Value}}{{end}}{{end}}</p>`, true},
		{"names that hide each other", `<p>{{.Ref}}{{range $x := .Facts}}{{range $x := $.Notes}}{{$x}}{{end}}{{$x.Label}}{{end}}</p>`, true},
		{"a name for what else", `<p>{{.Ref}}{{range $x := .Notes}}{{else}}{{len $x}}{{end}}</p>`, false},
		{"the whole from within", `<p>{{range .Notes}}{{$.Ref}}{{end}}{{$.Ref}}</p>`, true},
		{"a remark", `<p>{{/* ours */}}{{.Ref}}<!-- gone --></p>`, true},
		{"a length", `<p>{{.Ref}}{{len .Notes}}</p>`, false},
		{"a comparison", `<p>{{.Ref}}{{if eq .Language "sv"}}å{{end}}</p>`, false},
		{"a format", `<p>{{printf "%.3q" .Ref}}{{.Ref}}</p>`, false},
		{"a place in a list that may be there", `<p>{{.Ref}}{{if .Notes}}{{index .Notes 0}}{{end}}</p>`, false},
		{"a number", `<p>{{.Ref}}{{range $i, $n := .Notes}}{{$i}}{{end}}</p>`, false},
		{"a list as it is", `<p>{{.Ref}}{{.Notes}}</p>`, false},
		{"a variable", `{{$r := .Ref}}<p>{{$r}}</p>`, false},
		{"a variable that changes", `{{$n := ""}}<p>{{range .Notes}}{{$n = .}}{{end}}{{$n}}{{.Ref}}</p>`, false},
		{"an escape of its own", `<p>{{.Ref | html}}</p>`, false},
		{"a template within", `{{define "ref"}}<b>{{.}}</b>{{end}}<p>{{template "ref" .Ref}}</p>`, false},
		{"a stop", `<p>{{.Ref}}{{range .Notes}}{{.}}{{break}}{{end}}</p>`, false},
		{"brackets", `<p>{{(.Ref)}}</p>`, false},
		{"a constant", `<p>{{.Ref}}{{"x<"}}</p>`, false},
	}
}

func TestAPageIsPutOutAsItsTemplateSays(t *testing.T) {
	for _, tt := range blockTemplates() {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pageProgram(tt.src)
			if got := err == nil; got != tt.program || err != nil && !errors.Is(err, errNoProgram) {
				t.Fatalf("it has a program: got %v (%v), want %v", got, err, tt.program)
			}
			if p == nil {
				return
			}
			page := html.Must(html.New("x").Parse(tt.src))
			rapid.Check(t, func(rt *rapid.T) {
				b := randomBlock(rt)
				want, err := execute(page, "x", b)
				if got, ok := p.execute(b); !ok || err != nil || got != want {
					rt.Errorf("got %q, %v; want %q, %v", got, ok, want, err)
				}
			})
		})
	}
}

// A folder's template without a program goes the slow way, and the others are as fast as ever.
func TestATemplateWithoutAProgramIsExecuted(t *testing.T) {
	s := load(t, folder(t, map[string]string{
		"mail/block.html": `<p>{{printf "%s: %d" .Ref (len .Notes)}}{{if eq .Language "en"}} in English{{end}}</p>`,
		"mail/block.txt":  "{{.Ref}} {{with .Title}}<{{.}}>{{end}}\n",
	}))
	if s.programs[blockHTML] != nil || s.programs[blockText] == nil || s.programs[letterHTML] == nil || s.programs[letterText] == nil {
		t.Errorf("%d templates have programs, want all but the one that counts", len(s.programs))
	}
	for lang, want := range map[string]string{Swedish: "<p>&lt;7.2&gt;: 1</p>", English: "<p>&lt;7.2&gt;: 1 in English</p>"} {
		piece, err := s.Block(&Block{Language: lang, Ref: "<7.2>", Title: "t", Notes: []string{"n"}})
		if got := string(piece.HTML()); err != nil || got != want || piece.Text() != "<7.2> <t>\n" {
			t.Errorf("got %q and %q, %v; want %q", got, piece.Text(), err, want)
		}
	}
}

// pageProgram compiles a page about a block.
func pageProgram(src string) (*program, error) {
	esc, err := newEscapes()
	if err != nil {
		return nil, err
	}
	page, err := html.New("x").Parse(src)
	if err != nil {
		return nil, err
	}
	if _, err := execute(page, "x", &Block{}); err != nil {
		return nil, err
	}
	return compile(page.Lookup("x").Tree, reflect.TypeFor[*Block](), esc)
}

func TestPlainTemplatesArePutOutAsTheySay(t *testing.T) {
	tests := []struct {
		name, src string
		program   bool
	}{
		{"padded", `{{pad 16 .Ref}}|{{range .Facts}}{{pad 3 .Label}}{{end}}`, true},
		{"underlined", `{{.Ref}}` + "\n" + `{{underline "=-" .Ref}}{{with .Title}}{{underline "=" .}}{{end}}`, true},
		{"numbered", `{{range $i, $n := .Notes}}{{$i}}. {{$n}}{{end}}`, true},
		{"as it is", `<{{.Title}}>`, true},
		{"a function of the language", `{{len .Notes}}`, false},
		{"padded by a field", `{{pad (len .Notes) .Ref}}`, false},
		{"padded behind", `{{.Ref | pad 10}}`, false},
		{"padded and tested", `{{if pad 3 .Ref}}x{{end}}`, false},
		{"escaped", `{{.Ref | html}}`, false},
		{"a whole number that is a letter", `{{pad 'a' .Ref}}`, true},
		{"a table of nothing", `{{grid nil}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain := plaintext.Must(plaintext.New("x").Funcs(funcs()).Parse(tt.src))
			p, err := compile(plain.Tree, reflect.TypeFor[*Block](), nil)
			if got := err == nil; got != tt.program {
				t.Fatalf("it has a program: got %v (%v), want %v", got, err, tt.program)
			}
			if p == nil {
				return
			}
			rapid.Check(t, func(rt *rapid.T) {
				b := randomBlock(rt)
				want, err := execute(plain, "x", b)
				if got, ok := p.execute(b); !ok || err != nil || got != want {
					rt.Errorf("got %q, %v; want %q, %v", got, ok, want, err)
				}
			})
		})
	}
}

// Where a program does not know, the template says what is wrong.
func TestAProgramInDoubtLeavesItToTheTemplate(t *testing.T) {
	long := &Letter{Language: Swedish, Marks: slices.Repeat([]string{strings.Repeat("x", 1<<16)}, 70)}
	s := load(t, "")
	if _, _, err := s.Letter(long); !errors.Is(err, errTooLong) {
		t.Errorf("too much: got %v", err)
	}
	if _, ok := s.programs[letterText].execute(long); ok {
		t.Error("a program puts out more than a template may")
	}
	plain := plaintext.Must(plaintext.New("x").Funcs(funcs()).Parse(`{{range .Sections}}{{.Table.Caption}}{{grid .Table}}{{end}}`))
	p, err := compile(plain.Tree, reflect.TypeFor[*Letter](), nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, ok := p.execute(&Letter{Sections: make([]Section, 1)}); ok {
		t.Errorf("the caption of no table: got %q", out)
	}
	if out, ok := p.execute(&Letter{Sections: []Section{{Table: &Table{Caption: "c", Head: []string{"h"}}}}}); !ok || out != "ch\n" {
		t.Errorf("after that: got %q, %v", out, ok)
	}
	for _, hidden := range []string{`{{range .Sections}}{{range .Blocks}}{{.text}}{{end}}{{end}}`, `{{.Nothing}}`, `{{.Subject.X}}`} {
		plain := plaintext.Must(plaintext.New("x").Parse(hidden))
		if _, err := compile(plain.Tree, reflect.TypeFor[*Letter](), nil); !errors.Is(err, errNoProgram) {
			t.Errorf("%s: got %v", hidden, err)
		}
	}
}

// A program that does not put out what its template does is found and left.
func TestAProgramThatDiffersIsLeft(t *testing.T) {
	s := load(t, "")
	s.programs[letterHTML] = &program{steps: []step{static("<html>")}}
	s.programs[blockText] = &program{steps: []step{func(*run, reflect.Value) { panic("x") }}}
	s.compare()
	if s.programs[letterHTML] != nil || s.programs[blockText] != nil || len(s.programs) != 2 {
		t.Errorf("%d programs are left, want the two that are right", len(s.programs))
	}
}

func TestEscapesAreThoseOfThePages(t *testing.T) {
	esc, err := newEscapes()
	if err != nil {
		t.Fatal(err)
	}
	if len(esc.ways) != len(places()) {
		t.Errorf("%d places have %d escapes", len(places()), len(esc.ways))
	}
	if way := esc.ways[esc.text]; reflect.ValueOf(way).Pointer() != reflect.ValueOf(escapeHTML).Pointer() {
		t.Error("plain text is not escaped the fast way")
	}
	for _, place := range places() {
		page := html.Must(html.New("x").Parse(place[0] + "{{.}}" + place[1]))
		if _, err := execute(page, "x", ""); err != nil {
			t.Fatal(err)
		}
		way := esc.ways[added(page.Lookup("x").Tree)]
		rapid.Check(t, func(rt *rapid.T) {
			s := rapid.OneOf(words(), rapid.String(), rapid.SampledFrom([]string{"https://x.se/å?a=b&c", "javascript:x", "//x", everyByte()})).Draw(rt, "s")
			want, err := execute(page, "x", s)
			if got := place[0] + string(way(nil, s)) + place[1]; err != nil || got != want {
				rt.Errorf("%q: got %q, want %q, %v", s, got, want, err)
			}
		})
	}
}

func FuzzEscapeHTML(f *testing.F) {
	f.Add(hostile)
	f.Add(everyByte())
	page := html.Must(html.New("x").Parse("{{.}}"))
	f.Fuzz(func(t *testing.T, s string) {
		want, err := execute(page, "x", s)
		if got := string(escapeHTML(nil, s)); err != nil || got != want && len(s) < MaxBytes/8 {
			t.Errorf("%q: got %q, want %q, %v", s, got, want, err)
		}
	})
}
