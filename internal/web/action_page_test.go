package web

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tertial/internal/tertial"
)

func TestEveryPageOfActionsKeepsToTheRulesOfPages(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	english := coordinator
	english.Person.Language = "en"
	for _, path := range []string{"/overview", "/actions", "/actions?status=all&col=steps&col=certainty&col=contributors&clause=7", "/actions/2027-7.2", "/actions/2027-8.2", "/actions/2027-9.2",
		"/actions/2027-10.1", "/actions/2027-4.4", "/actions/new?clause=7.2", "/actions/2027-7.2/edit", "/clauses", "/board", "/timeline?status=all"} {
		for _, v := range []tertial.Viewer{coordinator, english} {
			t.Run(v.Person.Language+path, func(t *testing.T) {
				s.log.Reset()
				a := s.as(v).get(path)
				if a.StatusCode != http.StatusOK {
					t.Fatalf("got status %d: %s", a.StatusCode, s.log)
				}
				root := domOf(t, a)
				text := textOf(root)
				for _, bad := range []string{"{{", "<no value>", "ZgotmplZ", "action.", "actions.col", "history.f", "history.v", "overview.w", "%!"} {
					if strings.Contains(text, bad) {
						t.Errorf("the page says %q: …%s…", bad, text[max(0, strings.Index(text, bad)-40):][:80])
					}
				}
			})
		}
	}
}

// factsIn reads the lists of facts of a page: what, and the values.
func factsIn(root *html.Node) map[string][]string {
	facts, last := map[string][]string{}, ""
	for n := range root.Descendants() {
		switch n.Data {
		case "dt":
			last = textOf(n)
		case "dd":
			facts[last] = append(facts[last], textOf(n))
		}
	}
	return facts
}

func TestAnActionShowsAllThatIsKnownOfIt(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(auditor).get("/actions/2027-7.2")
	root := domOf(t, a)
	facts := factsIn(root)
	for what, want := range map[string]string{
		"Krav": "7.2, 7.3", "Klar senast": "2027-03-20 (lör v. 11) ! 4 dagar sen", "Delsteg": "1 av 2 klara", "Senaste svar": "avviker: Väntar på lokal 2027-03-01 10:00",
		"Nuläge": "Nya medarbetare får ingen introduktion.", "Förslag": "Ta fram en kurs. HR Hög T1",
		"Så står det i analysen": "”T1”", "Så lästes det": "2027-01-01 – 2027-03-20", "Därför": "T1 är januari till april.", "Datumet är": "bekräftat", "Hör till": "Tertialrapport 1 (T1)", "Stäms av": "2027-05-08",
	} {
		if len(facts[what]) == 0 || strings.ReplaceAll(facts[what][0], " :", ":") != want {
			t.Errorf("%s: got %q, want %q", what, facts[what], want)
		}
	}
	a.wants(t, http.StatusOK, "Utbilda nya medarbetare", "Ta fram en kurs.\n\nHåll den varje termin.",
		"Anna Ek behöver ett nytt datum: 2027-06-11 (fre v. 23)", "Lokalen är upptagen till juni.", "Avslaget av Eva Berg 2027-02-11 08:00.", "Tertialrapporten väntar inte",
		"Svaret togs tillbaka 2027-03-10 10:04.", `href="/actions/2027-7.2/evidence/51"`, "120 kB", "0f343b0931126a20f133d67c2b018a3b",
		"mottagarens server tog emot det", "kunde inte levereras", `href="/mail/88"`, "försenad", "besked om beslut")
}

func TestPartiesStandWithWhoHoldsThemToday(t *testing.T) {
	s, _ := planSite(t)
	rows := rowsIn(t, domOf(t, s.as(auditor).get("/actions/2027-7.2")), "")
	want := [][]string{{"HR ansvarig", "Anna Ek"}, {"Kommunikation i samverkan med", "? ingen har rollen"}}
	for i, w := range want {
		if rows[i][0] != w[0] || rows[i][1] != w[1] {
			t.Errorf("got %q, want %q", rows[i], w)
		}
	}
	roles := partiesOf(&tertial.Action{Responsible: []string{"CISO"}}, []tertial.RoleHolders{{Role: tertial.Role{Name: "ISAM"}, People: []tertial.Person{{Name: "Eva"}}}})
	if len(roles) != 1 || len(roles[0].People) != 1 {
		t.Errorf("a role under another of its names has no holder: %+v", roles)
	}
}

func TestTheHistoryIsInWords(t *testing.T) {
	s, h := planSite(t)
	h.rich().people(coordinator)
	root := domOf(t, s.as(auditor).get("/actions/2027-7.2"))
	var lines []string
	for _, ol := range allOf(root, "ol") {
		if attrOf(ol.PrevSibling.PrevSibling, "id") == "history" || strings.Contains(textOf(ol), "importen") {
			for _, li := range allOf(ol, "li") {
				lines = append(lines, textOf(li))
			}
		}
	}
	want := []string{
		"Ändrad Eva Berg · 2027-03-02 09:09 Prioritet Medel → blev Hög Ansvarig ISAM → blev HR Delsteg 0 av 1 klara → blev 1 av 1 klara (Boka lokal)",
		"Datumet bekräftat någon som inte finns kvar · 2027-03-02 09:08 Datumet är tolkat → blev bekräftat Klar senast tomt → blev 2027-03-20 (lör v. 11) Öppna frågor datumet var passerat redan från början → blev tomt",
		"Skapad importen · 2027-03-02 09:07",
	}
	if len(lines) != len(want) {
		t.Fatalf("got %d lines, want %d: %q", len(lines), len(want), lines)
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("got  %q\nwant %q", lines[i], want[i])
		}
	}
}

func TestTheHistoryBearsWhatNobodyExpected(t *testing.T) {
	s, _ := planSite(t)
	v := &visit{Lang: "sv"}
	s.speak(v, "sv")
	for _, detail := range []string{"", "null", "[]", `"x"`, `{"due":"x"}`, `{"due":[1]}`, `{"due":[1,2]}`, `{"status":[null,{"a":1}]}`, `{"steps":["x","y"]}`, `{"unknown":["a","b"]}`, `{"title":["` + strings.Repeat("å", 9999) + `",""]}`} {
		for _, c := range changesOf(v, []byte(detail)) {
			if len([]rune(c.From)) > historyText || len([]rune(c.To)) > historyText {
				t.Errorf("%.40s: a value is not shortened", detail)
			}
		}
	}
	if got := verbOf(v, "polished"); got != "polished" {
		t.Errorf("got %q for a verb without a word", got)
	}
}

func TestPeopleAreLookedUpOnce(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	b := s.as(auditor)
	h.calls = 0
	b.get("/actions/2027-7.2")
	before := h.calls
	for i := range 30 {
		h.entries = append(h.entries, entryOf(int64(10+i), "person:14", "2027-7.2", "changed", map[string]any{"note": []string{"a", "b"}}))
	}
	h.calls = 0
	b.get("/actions/2027-7.2")
	if h.calls != before {
		t.Errorf("got %d readings for a long history, want %d as for a short one", h.calls, before)
	}
}

func TestOwnersSeeTheirOwnAndLessOfIt(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	h.mayOwn[owner.Person.ID] = true
	a := s.as(owner).get("/actions/2027-7.2")
	a.wants(t, http.StatusOK, "Utbilda nya medarbetare", "Organisationen ska säkerställa kompetens.", "Spara delsteg", `href="/mine/2027-7.2"`)
	root := domOf(t, a)
	for _, secret := range []string{"Nya medarbetare får ingen introduktion.", "Historik", "Mejl om åtgärden", "SHA-256", "Redigera", "Godkänn", "Hantera"} {
		if strings.Contains(textOf(root), secret) {
			t.Errorf("an owner's page says %q", secret)
		}
	}
}

func TestWhatIsNotOnesOwnIsNotThere(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	for _, v := range []tertial.Viewer{owner, manager} {
		for _, path := range []string{"/actions/2027-8.2", "/actions/2027-99", "/actions/2027-8.2/evidence/51", "/actions/%2e%2e", "/actions/1%20OR%201=1"} {
			if got := s.as(v).get(path).StatusCode; got != http.StatusNotFound {
				t.Errorf("%s: %s got %d, want 404", path, v.Person.Name, got)
			}
		}
		for _, act := range []string{"steps", "evidence"} {
			if got := s.as(v).post("/actions/2027-8.2/"+act, "version", "1").StatusCode; got != http.StatusNotFound && got != http.StatusBadRequest {
				t.Errorf("%s: %s got %d, want 404", act, v.Person.Name, got)
			}
		}
	}
	// A contributor sees it, and ticks nothing.
	h.holders = append(h.holders, tertial.RoleHolders{Role: tertial.Role{Name: "Kommunikation"}, People: []tertial.Person{manager.Person}})
	s.as(manager).get("/actions/2027-7.2").wants(t, http.StatusOK, "Boka lokal")
	s.as(manager).post("/actions/2027-7.2/steps", "version", "3", "done", "1").wants(t, http.StatusForbidden)
}

func TestWhatIsWrittenIsShownAsText(t *testing.T) {
	s, _ := planSite(t)
	a := s.as(coordinator).get("/actions/2027-4.4")
	a.wants(t, http.StatusOK, "&lt;script&gt;alert(1)&lt;/script&gt;")
	root := domOf(t, a)
	for _, img := range allOf(root, "img") {
		t.Errorf("there is an image: %s", attrOf(img, "src"))
	}
}

func TestWhatMostLikelyComesNextStandsFirst(t *testing.T) {
	s, _ := planSite(t)
	for ref, want := range map[string]string{"2027-8.2": "Datumet behöver bekräftas", "2027-9.2": "Anmäld som klar: stämmer det?", "2027-4.4": "Ingen är ansvarig"} {
		a := s.as(coordinator).get("/actions/" + ref)
		a.wants(t, http.StatusOK, want)
		if got := s.as(auditor).get("/actions/" + ref); strings.Contains(got.body, want) {
			t.Errorf("%s: an auditor is asked too", ref)
		}
	}
	if body := s.as(coordinator).get("/actions/2027-7.2").body; strings.Contains(body, "card ask") {
		t.Error("something is asked where nothing is open")
	}
}

func TestLateIsWhatIsCertainAndNotDone(t *testing.T) {
	due := onDay("2027-03-20")
	for _, tt := range []struct {
		name   string
		action tertial.Action
		on     string
		want   bool
	}{
		{"the day after", tertial.Action{Status: tertial.Open, Timing: tertial.Timing{Due: due, Certainty: tertial.Inferred}}, "2027-03-21", true},
		{"the day itself", tertial.Action{Status: tertial.Open, Timing: tertial.Timing{Due: due}}, "2027-03-20", false},
		{"without a date", tertial.Action{Status: tertial.Open}, "2027-03-21", false},
		{"unconfirmed", tertial.Action{Status: tertial.Open, Timing: tertial.Timing{Due: due, Certainty: tertial.Unconfirmed}}, "2027-03-21", false},
		{"reported done", tertial.Action{Status: tertial.ReportedDone, Timing: tertial.Timing{Due: due}}, "2027-03-21", false},
		{"done", tertial.Action{Status: tertial.Done, Timing: tertial.Timing{Due: due}}, "2027-03-21", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := isLate(&tt.action, onDay(tt.on)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestTheSizeOfAFile(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 120_400: "120 kB", 10 << 20: "10.5 MB"} {
		if got := sizeText(bytes); got != want {
			t.Errorf("%d: got %s, want %s", bytes, got, want)
		}
	}
}

func TestAPageWithALongLifeStaysSmall(t *testing.T) {
	s, h := planSite(t)
	h.rich().people(coordinator)
	h.answers, h.entries = nil, nil
	long := strings.Repeat("mycket att säga ", 125)
	for i := range 100 {
		h.answers = append(h.answers, tertial.Answer{ID: int64(i + 1), Ref: "2027-7.2", Person: "Anna Ek", Kind: tertial.AnswerBlocked, Text: long[:600]})
	}
	for i := range historyShown {
		h.entries = append(h.entries, entryOf(int64(i+1), "person:14", "2027-7.2", "changed", map[string]any{"description": []string{long, long + "!"}, "note": []string{long, "kort"}}))
	}
	a := s.as(coordinator).get("/actions/2027-7.2")
	a.wants(t, http.StatusOK, "70 äldre svar finns i loggen.", "Visa hela historiken i loggen")
	domOf(t, a) // holds the size
	h.plan[0].Note = long
	a = s.as(coordinator).get("/actions")
	if a.wants(t, http.StatusOK, "…"); strings.Contains(a.body, long[:300]) {
		t.Error("the list has all of a long note")
	}
}
