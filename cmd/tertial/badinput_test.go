package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What a hostile or hurried person gives, by its number in the catalogue of bad inputs: the answer
// names the place and the rule, nothing is written, and no text from outside reaches the terminal raw.

const (
	gapHead    = "clause,requirement,conformity,observation,proposal,owner,priority,timing\n"
	peopleHead = "name,email,roles,language,frequency,manager,deputy,away_from,away_to,roles_from\n"
	asOfNoon   = " --as-of 2026-11-16T12:00"
)

// gapRow is one row that can be read, with changes to its cells by column.
func gapRow(change ...string) string {
	cells := []string{"4.2", "Kravet är skrivet.", "Delvis", "Nuläget.", "Ta fram en förteckning.", "ISAM", "Låg", "Februari"}
	return rowWith(gapHead, cells, change)
}

// personRow is one person who can be read, with changes to the cells by column.
func personRow(change ...string) string {
	cells := []string{"Eva Öberg", "eva@stad.example", "ISAM", "sv", "daily", "", "", "", "", ""}
	return rowWith(peopleHead, cells, change)
}

func rowWith(head string, cells, change []string) string {
	columns := strings.Split(strings.TrimSpace(head), ",")
	for i := 0; i+1 < len(change); i += 2 {
		cells[slices.Index(columns, change[i])] = change[i+1]
	}
	for i, c := range cells {
		cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
	}
	return strings.Join(cells, ",") + "\n"
}

func inUTF16(text string, big bool) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func inWindows1252(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteByte(byte(r))
	}
	return b.String()
}

// meets runs a command line that must end with code, saying what is wanted, and looks for what must
// never be in an answer.
func (d *desk) meets(code int, line string, says ...string) (out, errs string) {
	d.t.Helper()
	var o, e bytes.Buffer
	got := run(d.t.Context(), split(line), d.env, strings.NewReader(""), &o, &e)
	out, errs = o.String(), e.String()
	if got != code {
		d.t.Fatalf("%.200s\ngot exit %d, want %d\n%.2000s%.2000s", line, got, code, out, errs)
	}
	for _, want := range says {
		if !strings.Contains(out+errs, want) {
			d.t.Errorf("%.200s\ngot\n%.2000s%.2000s\nwant %q", line, out, errs, want)
		}
	}
	for _, never := range []string{"goroutine", "runtime error", ".go:", "panic"} {
		if strings.Contains(out+errs, never) {
			d.t.Errorf("%.200s\n%q is in the answer: %.2000s", line, never, errs)
		}
	}
	if i := strings.IndexFunc(errs, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
		d.t.Errorf("%.200s\nthe answer holds %q", line, errs[i:min(i+8, len(errs))])
	}
	for l := range strings.Lines(errs) {
		if n := utf8.RuneCountInString(l); n > 400 {
			d.t.Errorf("%.200s\na line of the answer has %d characters: %.200s…", line, n, l)
		}
	}
	return out, errs
}

func (d *desk) writes(name, content string) {
	d.t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// holds is how many actions and people the database has.
func (d *desk) holds() (actions, people int) {
	d.t.Helper()
	var list struct {
		Actions []json.RawMessage `json:"actions"`
		People  []json.RawMessage `json:"people"`
	}
	d.reads(&list, "action list")
	d.reads(&list, "person list")
	return len(list.Actions), len(list.People)
}

func TestAnalysesThatAreReadAllTheSame(t *testing.T) {
	text := "4.2 Organisationen ska avgöra.\nDelvis\nNuläget.\n\nTa fram en förteckning. ISAM Låg Februari\n"
	for _, tt := range []struct {
		name, content string
		actions       int
		title, says   string
	}{
		{"B1 a byte order mark is no part of the first column", "\ufeff" + gapHead + gapRow(), 1, "Ta fram en förteckning", ""},
		{"B2 UTF-16, little end first", inUTF16(gapHead+gapRow(), false), 1, "Ta fram en förteckning", "read as UTF-16"},
		{"B2 UTF-16, big end first", inUTF16(gapHead+gapRow(), true), 1, "Ta fram en förteckning", "read as UTF-16"},
		{"B3 Windows-1252", inWindows1252(gapHead + gapRow()), 1, "Ta fram en förteckning", "read as Windows-1252"},
		{"B4 semicolons", strings.ReplaceAll(gapHead+gapRow(), ",", ";"), 1, "Ta fram en förteckning", ""},
		{"B5 carriage returns alone end lines", strings.ReplaceAll(gapHead+gapRow()+gapRow("clause", "4.3"), "\n", "\r"), 2, "Ta fram en förteckning", ""},
		{"B10 hidden marks are taken out", gapHead + gapRow("proposal", "Ta\u202e fram en\u200b förteckning."), 1, "Ta fram en förteckning", ""},
		{"B13 a formula is text", gapHead + gapRow("proposal", "=HYPERLINK(1) ska göras."), 1, "=HYPERLINK(1) ska göras", ""},
		{"B16 a vague time is kept and asked about", gapHead + gapRow("timing", "så småningom"), 1, "Ta fram en förteckning", "1 action to be answered"},
		{"B21 the same row twice is said", gapHead + gapRow() + gapRow(), 2, "Ta fram en förteckning", "the same row stands in line 2"},
		{"a text", text, 1, "Ta fram en förteckning", ""},
		{"a text with an escape", strings.Replace(text, "avgöra", "\x1b[31mavgöra", 1), 1, "Ta fram en förteckning", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
			d.writes("analysis", tt.content)
			d.meets(0, "import analysis --plan-year 2027 --dated 2026-11-15 --apply"+asOfNoon, tt.says)
			var list struct {
				Actions []struct{ Title string }
			}
			d.reads(&list, "action list")
			if len(list.Actions) != tt.actions || list.Actions[0].Title != tt.title {
				t.Errorf("got %+v, want %d with the title %q", list.Actions, tt.actions, tt.title)
			}
		})
	}
}

func TestBadAnalysesAreRefusedAndNothingIsStored(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	for _, tt := range []struct {
		name, content string
		preview       int
		says          string
	}{
		{"B2 UTF-16 without a mark", inUTF16(gapHead, false)[2:], 5, "NUL character"},
		{"B3 UTF-8 with a broken byte", gapHead + gapRow() + gapRow() + "\xff", 5, "line 4 holds bytes that are no character"},
		{"B4 another separator", strings.ReplaceAll(gapHead+gapRow(), ",", "|"), 5, "is unknown; the columns are clause"},
		{"B6 a bare quote", gapHead + "4.2,Kr\"avet,Ja,,,,,\n", 5, "line 2: a quote stands inside a cell"},
		{"B6 a quote that is not closed", gapHead + "4.2,\"Kravet,Ja,,,,,\n4.3,x,Ja,,,,,\n", 5, "a quoted cell is not closed, or a quote stands inside an open cell (opened in line 2)"},
		{"B7 a row that is too short", gapHead + gapRow() + "4.3\n", 6, "line 3: the row has 1 cell, the header 8"},
		{"B7 many ragged rows", gapHead + strings.Repeat("4.3,x\n", 61), 6, "line 51: and 11 more rows with another number of cells"},
		{"B8 an empty file", "", 5, "the file is empty"},
		{"B8 white space alone", " \n\t\n", 5, "the file is empty"},
		{"B8 a header alone", gapHead, 5, "a header but no row"},
		{"B8 the header twice", gapHead + gapRow() + gapHead, 6, "line 3: the header stands here again"},
		{"B8 an unknown column", strings.Replace(gapHead, "owner", "ägarinna", 1) + gapRow(), 5, "the column “ägarinna” is unknown"},
		{"B8 a column twice", strings.Replace(gapHead, "observation", "proposal", 1) + gapRow(), 5, "“proposal” and “proposal” are the same"},
		{"B8 a column in both languages", strings.Replace(gapHead, "observation", "åtgärd", 1) + gapRow(), 5, "are the same"},
		{"B8 a missing column", "clause,requirement,conformity\n4.2,x,Ja\n", 5, "the header lacks observation (nuläge)"},
		{"B9 a NUL", gapHead + gapRow("requirement", "Kr\x00avet"), 5, "line 2 holds a NUL character"},
		{"B9 an escape", gapHead + gapRow("requirement", "Kr\x1b[31mavet"), 6, "line 2: the cell “requirement” holds the control character U+001B"},
		{"B9 a control character of the upper set", gapHead + gapRow("requirement", "Kr\u009bavet"), 6, "holds the control character U+009B"},
		{"B11 a cell of a mebibyte", gapHead + gapRow("requirement", strings.Repeat("K", 1<<20)), 6, "line 2: the cell “requirement” is larger than 64 KiB"},
		{"B12 too many rows", gapHead + strings.Repeat("4.2,x,Ja,,,,,\n", 20_001), 5, "more than 20000 rows"},
		{"B12 too many columns", strings.Repeat("x,", 200) + "x\n", 5, "the table has 201 columns; at most 200 are read"},
		{"B12 too many bytes", gapHead + gapRow() + strings.Repeat("#", 10<<20), 5, "larger than 10 MiB"},
		{"B23 an XLSX", "PK\x03\x04rest", 5, "a ZIP archive"},
		{"B23 a PDF", "%PDF-1.7\n", 5, "a PDF"},
		{"B23 a program", "MZ\x90\x00\x03", 5, "a program"},
		{"B23 a page", "<!DOCTYPE html><p>x</p>", 5, "HTML or XML"},
		{"B23 an image", "\x89PNG\r\n\x1a\n", 5, "an image"},
		{"B23 JSON", `{"a": 1}`, 5, "cannot read"},
		{"a conformity that is none", gapHead + gapRow("conformity", "kanske\x07"), 6, "line 2"},
		{"a conformity of a thousand characters", gapHead + gapRow("conformity", strings.Repeat("k", 1000)), 6, "line 2, 4.2: “kkkk"},
		{"a priority that is none", gapHead + gapRow("priority", "1"), 6, "line 2, 4.2: “1” is no priority"},
		{"a clause that is none", gapHead + gapRow("clause", "kap"), 6, "line 2, kap: “kap” is no clause"},
		{"a text without a clause", "Hej.\n", 5, "cannot read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &desk{t, d.env}
			d.writes("bad.csv", tt.content)
			_, errs := d.meets(tt.preview, "import bad.csv --plan-year 2027"+asOfNoon, tt.says)
			if tt.preview == 5 && !strings.Contains(errs, "bad.csv") && !strings.Contains(errs, "10 MiB") {
				t.Errorf("the file is not named: %s", errs)
			}
			d.meets(exitRefused, "import bad.csv --plan-year 2027 --apply"+asOfNoon, tt.says)
			if actions, _ := d.holds(); actions != 0 {
				t.Errorf("%d actions were stored", actions)
			}
		})
	}
}

func TestBadPeopleAreRefusedAndNobodyIsStored(t *testing.T) {
	long := strings.Repeat("l", 80)
	type row struct{ name, content, says string }
	rows := []row{
		{"B1 UTF-16 without a mark", inUTF16(peopleHead, false)[2:], "NUL character"},
		{"B6 a bare quote", peopleHead + "E\"va,e@b.se,ISAM,,,,,,,\n", "line 2: a quote"},
		{"B7 a short row", peopleHead + "Eva\n", "line 2: the row has 1 cell, the header 10"},
		{"B8 an empty file", "", "the file is empty"},
		{"B8 a header alone", peopleHead, "a header but no row"},
		{"B8 an unknown column", strings.Replace(peopleHead, "deputy", "x", 1) + personRow(), "the column “x” is unknown"},
		{"B8 a column twice", strings.Replace(peopleHead, "deputy", "chef", 1) + personRow(), "“manager” and “chef” are the same"},
		{"B8 no address column", "name,roles\nEva,ISAM\n", "the header lacks email"},
		{"B9 a bell in a name", peopleHead + personRow("name", "Eva\a"), "the cell “name” holds the control character U+0007"},
		{"B11 a name without an end", peopleHead + personRow("name", strings.Repeat("e", 201)), "line 2: the name has 201 characters; 200 are the most"},
		{"B11 a role without an end", peopleHead + personRow("roles", strings.Repeat("r", 201)), "has 201 characters; 200 are the most"},
		{"B11 no name", peopleHead + personRow("name", " \u200b "), "line 2: the name is empty"},
		{"B14 a day that does not exist", peopleHead + personRow("away_from", "2026-02-30"), "line 2: away_from: “2026-02-30” is no date; write it as 2027-03-31"},
		{"B14 a date with points", peopleHead + personRow("roles_from", "31.12.2026"), "roles_from: “31.12.2026” is no date"},
		{"B14 a date with slashes", peopleHead + personRow("roles_from", "12/31/2026"), "is no date"},
		{"B14 a date without zeros", peopleHead + personRow("roles_from", "2026-1-5"), "is no date"},
		{"B14 a year of five digits", peopleHead + personRow("roles_from", "10000-01-01"), "is no date"},
		{"B14 the date zero", peopleHead + personRow("roles_from", "0000-00-00"), "is no date"},
		{"an absence that ends before it begins", peopleHead + personRow("away_from", "2027-02-03", "away_to", "2027-01-01"), "away_to (2027-01-01) lies before away_from (2027-02-03)"},
		{"a language that is not spoken", peopleHead + personRow("language", "de"), "“de” is no language"},
		{"a frequency that is none", peopleHead + personRow("frequency", "hourly"), "“hourly” is no frequency"},
		{"B21 one address in two rows", peopleHead + personRow() + personRow("email", "EVA@stad.example"), "line 3: “EVA@stad.example” stands in line 2 too"},
		{"B22 a manager whom nobody knows", peopleHead + personRow("manager", "no@stad.example"), "line 2: manager: “no@stad.example” has no row"},
		{"B22 a deputy whom nobody knows", peopleHead + personRow("deputy", "no@stad.example"), "line 2: deputy: “no@stad.example” has no row"},
		{"B23 an XLSX", "PK\x03\x04rest", "a ZIP archive"},
		{"an analysis", gapHead + gapRow(), "the column “clause” is unknown"},
	}
	for _, address := range []string{
		"", "a", "a@", "@b.se", "a@b@c", "a@b..se", "a b@c.de", "a@b.se\n", "a@b.se>\r\nDATA", "a@b.se,c@d.se", "a@b.se;c@d.se",
		"a@b", "a@[127.0.0.1]", `"a b"@c.de`, "group: a@b.se;", "a@b.se (x)", "=?utf-8?q?a@b.c?=", "a@-b.de", long + "@b.de",
		"a@" + strings.Repeat(long[:60]+".", 5) + "de", `"x> NOTIFY=NEVER"@d.se`, "ü@example.org", "Eva <a@b.se>", ".a@b.se", "a.@b.se", "a@b.se\u202e",
	} {
		rows = append(rows, row{fmt.Sprintf("B17-B20 the address %.40q", address), peopleHead + personRow("email", address), "error, line 2: email:"})
	}
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			d := &desk{t, d.env}
			d.writes("bad.csv", tt.content)
			d.meets(exitRefused, "person import bad.csv"+asOfNoon, tt.says)
			if _, people := d.holds(); people != 0 {
				t.Errorf("%d people were stored", people)
			}
		})
	}
}

func TestPeopleWhoAreReadAllTheSame(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.writes("p.csv", peopleHead+
		personRow("manager", "bo@stad.example", "deputy", "bo@stad.example", "name", "=cmd|x")+
		personRow("name", "Bo", "email", "bo@stad.example", "roles", "HR; IT;HR", "manager", "eva@stad.example", "deputy", "eva@stad.example")+
		personRow("name", "'t Hooft", "email", "hooft@exämple.org", "roles", "", "roles_from", "9999-12-31"))
	d.meets(0, "person import p.csv"+asOfNoon, "3 added", "“HR” is named twice", "9999-12-31 is far away")
	list := d.types("person list -o csv" + asOfNoon)
	if !strings.Contains(list, "hooft@xn--exmple-cua.org") || !strings.Contains(list, "'=cmd|x") {
		t.Errorf("got\n%s", list)
	}
	d.writes("back.csv", list)
	d.meets(0, "person import back.csv"+asOfNoon, "no change: 3 persons")
}

func TestAnImportHappensOnce(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.writes("a.csv", gapHead+gapRow())
	d.writes("b.csv", gapHead+gapRow("proposal", "Något annat."))
	const line = "import a.csv --plan-year 2027 --unit Stad --apply" + asOfNoon
	d.types("action list") // makes the schema
	codes := make([]int, 4)
	var group sync.WaitGroup
	for i := range codes {
		group.Go(func() {
			var out, errs bytes.Buffer
			codes[i] = run(t.Context(), split(line), d.env, strings.NewReader(""), &out, &errs)
		})
	}
	group.Wait()
	for _, code := range codes {
		if code != exitDone && code != exitRefused {
			t.Errorf("B21 at once: got exit %v, want 0 or 5", codes)
		}
	}
	if actions, _ := d.holds(); actions != 1 {
		t.Errorf("got %d actions, want 1", actions)
	}
	d.meets(0, line, "no change: this file is stored already")
	d.meets(exitRefused, strings.Replace(line, "a.csv", "b.csv", 1), `another file ("a.csv") was imported for this unit and plan year 2027`)
}

// B14: a date that does not exist is asked about; its year alone never counts.
func TestBadDatesInPhrasesAreAskedAbout(t *testing.T) {
	d := newDesk(t)
	for _, phrase := range []string{
		"2026-02-29", "2027-02-30", "0000-00-00", "12/31/2027", "2027-13-01", "2027-00-10", "2027-12-32", "32 mars", "0 mars 2027",
		"10000-01-01", "9999-12-31", "1900-01-01", "2027/13/31", "31.31.2027", "2027.13.01", "99/99/2027", "v. 60", "Q5 2027",
	} {
		var got struct{ Start, Due, Certainty, Why string }
		d.reads(&got, "timing %q --plan-year 2027 --as-of 2026-11-16", phrase)
		if got.Certainty != "unconfirmed" || got.Due != "" || got.Start != "2026-11-16" || got.Why == "" {
			t.Errorf("%s: got %+v", phrase, got)
		}
	}
	for phrase, want := range map[string]string{
		"2027-1-5": "2027-01-05", "2027/03/31": "2027-03-31", "31/12/2027": "2027-12-31", "31.12.2027": "2027-12-31", "31-12-2027": "2027-12-31",
	} {
		var got struct{ Due, Certainty string }
		d.reads(&got, "timing %q --plan-year 2027 --as-of 2026-11-16", phrase)
		if got.Due != want || got.Certainty != "exact" {
			t.Errorf("%s: got %+v, want %s", phrase, got, want)
		}
	}
}

func TestAPrintedListIsWhatTheJSONSays(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	titles := []string{"=1+1", "+1", "-1", "@SUM(A1)", "'quoted", `"=1`, "a;b,c", " =1", "plain"}
	for _, title := range titles {
		d.types("action add %q --clause 4.1 --plan-year 2027"+asOfNoon, "--title="+title)
	}
	var list struct {
		Actions []struct{ Ref, Title, Description string }
	}
	d.reads(&list, "action list")
	rows, err := csv.NewReader(strings.NewReader(d.types("action list -o csv"))).ReadAll()
	if err != nil || len(rows) != len(list.Actions)+1 || len(list.Actions) != len(titles) {
		t.Fatalf("got %d rows and %d actions: %v", len(rows), len(list.Actions), err)
	}
	at := slices.Index(rows[0], "title")
	for i, a := range list.Actions {
		cell := rows[i+1][at]
		if strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Errorf("B37 %q is a formula to a spreadsheet", cell)
		}
		if cell != a.Title && cell != "'"+a.Title {
			t.Errorf("B41 got %q, want %q", cell, a.Title)
		}
	}
}

func TestBadCommandLines(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --unit Stad --apply" + asOfNoon)
	d.types("person import people.csv" + asOfNoon)
	before := d.types("log -o json")
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		code       int
		line, says string
	}{
		{2, "--nope", "unknown flag --nope; see tertial --help"},
		{2, "nope", "unexpected argument nope"},
		{2, "--as-of 2026-11-16 action list", "unknown flag --as-of"},
		{2, "-o json", "say which"},
		{2, "action", "say which"},
		{2, "action list --nope", "see tertial action list --help"},
		{2, "action list extra", "unexpected argument extra"},
		{2, "action list -o xml", "--output must be one of"},
		{2, "action list -o csv -o json", "--output is given twice"},
		{2, "action list --limit 1 --limit 2", "--limit is given twice"},
		{2, "action list --limit x", "--limit"},
		{2, "action list --limit=-1", "--limit wants a whole number that is not negative"},
		{2, "action list --limit -1", "--limit wants a whole number that is not negative"},
		{2, "mail list --limit=-1", "--limit wants a whole number that is not negative"},
		{2, "action list --limit 99999999999999999999", "--limit"},
		{2, "action list --as-of", "--as-of wants a value; see"},
		{2, "action list --status", "--status wants a value; see"},
		{2, "action list --role --late", "--role wants a value; one that begins with a dash is written --role=--late"},
		{2, "-c", "--config wants a value; see"},
		{2, "action list --as-of=", "is no instant"},
		{2, "action list --as-of tomorrow", `"tomorrow" is no instant: write 2027-03-31`},
		{2, "action list --as-of 2026-02-30", "is no instant"},
		{2, "action list --as-of 0000-00-00", "is no instant"},
		{2, "action list --as-of 10000-01-01", "is no instant"},
		{2, "action list --as-of 9999-12-31", "is no instant"},
		{2, "action list --as-of 12/31/2026", "is no instant"},
		{2, "action list --as-of 2026-1-5", "is no instant"},
		{2, "action list --as-of 2026-11-16T24:30", "is no instant"},
		{2, "action list --as-of " + long, "is no instant"},
		{2, "action list --status nope", `--status "nope" is none: say open`},
		{2, "action list --priority urgent", "is no priority"},
		{2, "action show", "missing: <ref>"},
		{4, `action show "1 OR 1=1"`, "there is no action"},
		{4, "action show ../../etc/passwd", "there is no action"},
		{4, `action show "2027-7.2\x1b[31m"`, "there is no action"},
		{4, `action show ""`, "there is no action"},
		{4, "action show " + long, "there is no action"},
		{2, "action show 2027-7.2 -o csv", "there is no csv form of this: say -o json"},
		{2, "action add --title x", "missing flags: --clause"},
		{2, `action add --title "" --clause 4.1`, "--title is empty"},
		{2, "action add --clause 4.1 --title " + long[:501], "--title has 501 characters; 200 are the most"},
		{2, `action add --title x --clause ""`, "--clause is empty"},
		{2, "action add --title x --clause kap", `--clause "kap" is no clause: write it as 7.2, 9.2.1 or A.5.9`},
		{2, "action add --title x --clause 4.1 --clause 7", `--clause "7" is no clause`},
		{2, "action add --title x --clause 4.1;4.2", "is no clause"},
		{2, "action add --title x --clause 4.1 --responsible " + long[:201], "--responsible has 201 characters; 200 are the most"},
		{2, `action add --title x --clause 4.1 --follow-up "HR;IT"`, `--follow-up "HR;IT" holds a ; which parts roles`},
		{2, "action add --title x --clause 4.1 --due 1999-12-31", "--due 1999-12-31 is out of range: say a day in the years 2000 to 2100"},
		{2, "action add --title x --clause 4.1 --due 2026-02-30", "is no date: write it as 2027-03-31"},
		{2, "action add --title x --clause 4.1 --due 2027-01-01 --timing Q1", "can't be used together"},
		{2, "action add --title x --clause 4.1 --plan-year 99", "--plan-year 99 is out of range"},
		{2, "action edit 2027-7.2", "say what to change"},
		{2, `action edit 2027-7.2 --title ""`, "--title is empty"},
		{5, "action edit 2027-7.2 --version 99 --title y", "look at it again"},
		{2, "action edit 2027-7.2 --start 2027-05-01 --due 2027-04-01", "lies after"},
		{4, "action edit nope --title y", "there is no action"},
		{2, "action edit 2027-7.2 --due 2101-01-01", "--due 2101-01-01 is out of range"},
		{2, `action edit 2027-7.2 --contributor "HR;IT"`, "holds a ;"},
		{2, "action confirm", "name the actions"},
		{2, "action confirm 2027-7.2 --due 9999-12-31", "--due 9999-12-31 is out of range"},
		{2, "action confirm 2027-7.2 --due 2027-01-01 --no-date", "can't be used together"},
		{4, "action confirm --event NOPE", `the wheel has no event "NOPE"`},
		{2, "action status 2027-7.2 great", "must be one of"},
		{2, `action done 2027-7.2 --note " "`, "done needs a note"},
		{2, "action cancel 2027-7.2", "--reason"},
		{5, "action reopen 2027-7.2", "cannot be reopened"},
		{2, "action merge 2027-7.2 2027-7.2", "cannot be merged with itself"},
		{4, "action steps 2027-7.2 done 1", "none is number 1"},
		{2, "action steps 2027-7.2 done 0", "the number of a step"},
		{2, `action steps 2027-7.2 add ""`, "the TITLE of the step"},
		{2, "person add --name x --email nope", "is no mail address: it has no @"},
		{2, `person add --name "" --email a@b.se`, "--name is empty"},
		{2, "person add --email a@b.se --name " + long[:201], "--name has 201 characters; 200 are the most"},
		{2, `person add --name x --email a@b.se --role "R;S"`, `--role "R;S" holds a ; which parts roles from each other in files`},
		{2, "person add --name x --email a@b.se --role " + long[:201], "--role has 201 characters"},
		{2, "person edit eva.oberg@stad.example --name " + long[:201], "--name has 201 characters"},
		{2, `person edit eva.oberg@stad.example --name " "`, "--name is empty"},
		{2, `person edit eva.oberg@stad.example --role "R;S"`, "holds a ;"},
		{2, "person add --name x --email a@b.se --manager no@b.se", "is nobody known"},
		{2, "person add --name x --email a@b.se --manager a@b.se", "cannot be their own manager"},
		{5, "person add --name x --email EVA.OBERG@stad.example", "is there already"},
		{4, "person edit no@b.se --name x", "nobody has that address"},
		{5, "person edit eva.oberg@stad.example --new-email chef@stad.example", "somebody else has that address"},
		{2, "person away eva.oberg@stad.example", "say --from DATE, or --back"},
		{2, "person away eva.oberg@stad.example --from 2027-02-01 --to 2027-01-01", "lies before"},
		{2, "wheel show --year 99999", "out of range"},
		{4, "wheel set NOPE 2027-01-01", "the wheel has no event"},
		{2, "wheel set T1 tomorrow", "is no date"},
		{2, "wheel set T1 1999-01-01", "1999-01-01 is out of range: the wheel knows the years 2000 to 2100"},
		{2, "plan --from 2027-02-01 --to 2027-01-01", "lies before"},
		{2, "plan --to 9999-12-31", "a plan looks 10 years ahead at most: say days up to 20"},
		{2, "plan --to 2036-11-17 --as-of 2026-11-16", "say days up to 2036-11-16"},
		{2, "plan --from 9999-12-31", "10 years ahead at most"},
		{2, "run", "missing: <job>"},
		{2, "run remind nope", "must be one of"},
		{2, "mail show nope", "whole number"},
		{4, "mail show 999", "there is no message 999"},
		{2, "mail list --state nope", `--state "nope" is none`},
		{2, "mail preview", "name a person by address"},
		{4, "mail preview nobody@stad.example", "nobody has that address"},
		{2, `mail test "a@b.se,c@d.se"`, "is no mail address"},
		{3, "mail test a@b.se", "no mail server is configured"},
		{4, "log --action nope", "there is no action"},
		{2, "send --all", "unexpected argument send"},
		{2, "timing Q2 --plan-year 0", "out of range"},
		{2, "import gap.csv --plan-year 99999", "out of range"},
		{2, "import gap.csv --format x", "--format must be one of"},
		{2, "import gap.csv people.csv", "unexpected argument"},
		{2, "import gap.csv --plan-year 2027 --unit " + long[:201], "--unit has 201 characters; 200 are the most"},
		{5, "import gap.csv --format pdf", "not read yet"},
		{4, "import nope.csv", `there is no file "nope.csv"`},
		{4, "import gap.csv/x", `there is no file "gap.csv/x"`},
		{4, "import " + long, "the name is too long"},
		{4, "person import " + long, "the name is too long"},
		{2, "help nope", "unexpected argument nope"},
		{4, `import "no\x1b[31mpe.csv"`, "there is no file"},
		{2, "import .", "is a folder; give a file in it"},
		{2, "import /dev/zero", "is no plain file"},
		{2, "import -", "standard input is empty"},
		{2, "person import -", "standard input is empty"},
		{2, "action steps 2027-7.2 import /dev/zero", "is no plain file"},
		{3, "-c nope.yaml action list", "nope.yaml: the file cannot be read"},
		{3, "action list -c .", "this is no ordinary file"},
		{3, "-c /dev/zero action list", "this is no ordinary file"},
	} {
		t.Run("B81 "+cut(tt.line, 60), func(t *testing.T) {
			d := &desk{t, d.env}
			if out, _ := d.meets(tt.code, tt.line, tt.says); out != "" {
				t.Errorf("there is data on standard output: %.300s", out)
			}
		})
	}
	if after := d.types("log -o json"); after != before {
		t.Errorf("something was changed: got\n%s\nwant\n%s", after, before)
	}
}

func TestFlagsStandBeforeOrAfterTheVerb(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	want := d.types("action list -o json")
	for _, line := range []string{"-o json action list", "action -o json list", "--output=json action list", "--yes action list --output json"} {
		if got := d.types(line); got != want {
			t.Errorf("%s: got\n%s", line, got)
		}
	}
}

func TestInstantsInGapsAndOverlaps(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	for _, tt := range []struct{ name, given, want string }{
		{"a wall clock in the gap is the first instant after it", "2027-03-28T02:30", "2027-03-28T01:00:00Z"},
		{"a wall clock in the overlap is the first of the two", "2027-10-31T02:30", "2027-10-31T00:30:00Z"},
		{"an offset says which of the two", "2027-10-31T02:30:00+01:00", "2027-10-31T01:30:00Z"},
		{"a date is the start of its day", "2027-03-28", "2027-03-27T23:00:00Z"},
		{"seconds are taken", "2027-03-31T07:30:15", "2027-03-31T05:30:15Z"},
	} {
		var ran struct {
			Jobs []struct {
				AsOf string `json:"as_of"`
			}
		}
		d.reads(&ran, "run tidy --as-of %s", tt.given)
		if len(ran.Jobs) != 1 || ran.Jobs[0].AsOf != tt.want {
			t.Errorf("%s: got %+v, want %s", tt.name, ran.Jobs, tt.want)
		}
	}
}

func TestListsOfNothingAreNoNull(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("migrate up") // the lines come in any order, and the first of them would do it
	for line, want := range map[string]string{
		"action list": `{"actions":[]}`,
		"person list": `{"people":[]}`,
		"mail list":   `{"messages":[]}`,
		"mail queue": `{"messages":[],"held":"","counts":{"queued":0,"sending":0,"unknown":0},"oldest_due":"","oldest_due_seconds":0,"next_try":"",` +
			`"last_delivery":{"at":"","result":"","error":""},"today":{"expired":0,"failed":0,"unknown":0,"void":0},` +
			`"bounces":{"since":"","last":"","mails":{}}}`,
		"plan --to 2050-01-02 --as-of 2050-01-01":     `{"mails":[],"other":[]}`,
		"action confirm --event VOR" + asOfNoon:       `{"actions":[]}`,
		"migrate up":                                  `{"migrations":[]}`,
		"wheel show --year 2027":                      "",
		"import gap.csv --plan-year 2027" + asOfNoon:  "",
		"timing snarast --plan-year 2027" + asOfNoon:  "",
		"run remind deliver digest summary tidy":      "",
		"log":                                         "",
		"log verify":                                  "",
		`timing "" --plan-year 2027 --as-of 20261116`: "-",
	} {
		if want == "-" {
			d.meets(exitUsage, line, "is no instant")
			continue
		}
		got := d.types(line + " -o json")
		var tight bytes.Buffer
		if err := json.Compact(&tight, []byte(got)); err != nil {
			t.Errorf("%s: %v\n%s", line, err, got)
		}
		if strings.Contains(got, "null") || want != "" && tight.String() != want {
			t.Errorf("%s: got %s, want %s", line, tight.String(), want)
		}
	}
}
