package templates

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func answerable() *Block {
	return &Block{Language: Swedish, Ref: "2024-7.2", Title: "Titel", Ask: "Svara här:", More: Link{"Fler svar", trialURL},
		Links: []Link{{"Klar", trialURL + "?svar=done"}, {"Pågår enligt plan", trialURL + "?svar=on-track"}}}
}

func TestLinksAreButtonsOnAPageAndLinesInAText(t *testing.T) {
	piece, err := load(t, "").Block(answerable())
	if err != nil {
		t.Fatal(err)
	}
	page, text := string(piece.HTML()), piece.Text()
	for _, want := range []string{
		`<td bgcolor="#0b5c66"><a href="` + trialURL + `?svar=done" aria-label="Klar: 2024-7.2"`,
		`<a href="` + trialURL + `?svar=on-track" aria-label="Pågår enligt plan: 2024-7.2"`,
		`<a href="` + trialURL + `" style="color:#0b4f8a">Fler svar</a>`, "Svara här:",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	for _, want := range []string{"  Svara här:\n", "  - Klar: " + trialURL + "?svar=done\n", "  - Fler svar: " + trialURL + "\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}

func TestABlockWithoutLinksSaysNothingOfThem(t *testing.T) {
	b := answerable()
	b.Links, b.More = nil, Link{}
	piece, err := load(t, "").Block(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(piece.HTML()) + piece.Text(); strings.Contains(got, "Svara här") || strings.Contains(got, "href") {
		t.Errorf("got %s", got)
	}
}

func TestALetterShowsItsButtonsAndItsCode(t *testing.T) {
	text, page, err := load(t, "").Letter(&Letter{Language: Swedish, Subject: "Logga in", Sections: []Section{
		{Buttons: []Link{{"Logga in", "https://tertial.example/signin/17-abc"}}}, {Note: "Eller skriv koden:", Code: "08162910"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "Logga in:\nhttps://tertial.example/signin/17-abc\n") || !strings.Contains(text, "\n    08162910\n") {
		t.Errorf("the text is\n%s", text)
	}
	if !strings.Contains(page, `<a href="https://tertial.example/signin/17-abc"`) || !strings.Contains(page, "<strong>08162910</strong>") {
		t.Errorf("the page is\n%s", page)
	}
	if err := lint(page); err != nil {
		t.Error(err)
	}
}

// A link is never broken over two lines, however long: a broken address is of no use.
func TestAddressesStayWhole(t *testing.T) {
	long := "https://tertial.stad.example/" + strings.Repeat("avdelning/", 20) + "a/88-42-20270530-abcdefghijkmnpqrstuvwxyz23?svar=new-date"
	b := answerable()
	b.Links = []Link{{"Behöver nytt datum", long}}
	s := load(t, "")
	piece, err := s.Block(b)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := s.Letter(&Letter{Language: Swedish, Subject: "x", Sections: []Section{{Blocks: []Piece{piece}}}})
	if err != nil || !strings.Contains(text, "  - Behöver nytt datum:\n    "+long+"\n") {
		t.Errorf("%v:\n%s", err, text)
	}
}

// What looks like an address that needs no escaping is none that html/template would change.
func TestPlainAddressesAreLeftAsTheyAre(t *testing.T) {
	esc, err := newEscapes()
	if err != nil {
		t.Fatal(err)
	}
	page := load(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		address := addresses().Draw(rt, "address")
		b := answerable()
		b.Links = []Link{{"x", address}}
		want, err := page.executed(blockHTML, b)
		if err != nil {
			rt.Fatal(err)
		}
		if isPlainAddress(address) && !strings.Contains(want, `<a href="`+address+`" aria-label`) {
			rt.Errorf("%q becomes another in\n%s", address, want)
		}
	})
	if len(esc.ways) < 3 {
		t.Errorf("got %d ways", len(esc.ways))
	}
}

func TestALinkThatRunsLeadsNowhere(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x"} {
		b := answerable()
		b.Links = []Link{{"x", address}}
		piece, err := load(t, "").Block(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(piece.HTML()); strings.Contains(strings.ToLower(got), `href="`+strings.ToLower(address[:8])) {
			t.Errorf("%q is a link in\n%s", address, got)
		}
	}
}
