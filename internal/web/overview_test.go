package web

import (
	"net/http"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestTheOverviewTellsTheState(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(coordinator).get("/overview")
	text := textOf(domOf(t, a))
	for _, want := range []string{
		"Läget 24 mars 2027: 18 av 41 åtgärder är klara.", "Om 45 dagar: Tertialrapport 1 2027 2027-05-08 (lör v. 18) · preliminärt datum",
		"18 klara", "15 på väg, inte försenade", "4 avviker eller är blockerade", "5 försenade", "3 utan datum som gäller",
		"2 åtgärder är anmälda som klara och ska bekräftas", "1 åtgärd har en fråga att ta ställning till", "4 datum behöver bekräftas", "1 mejl kom inte fram de senaste fyra veckorna",
		"2027-7.2 Utbilda nya medarbetare HR 2027-03-20 (lör v. 11) ! 4 dagar sen",
		"Anna Ek behöver ett nytt datum: 2027-06-11 (fre v. 23) Lokalen är upptagen till juni.", "bo@stad.example har inte svarat än",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestManagementSeesFiguresAndNoSingleAction(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(manager).get("/overview")
	text := textOf(domOf(t, a))
	if !strings.Contains(text, "18 klara") || !strings.Contains(text, "Öppna åtgärder under 2027") {
		t.Error("the figures are missing")
	}
	for _, bad := range []string{"2027-7.2", "Lokalen är upptagen", "Godkänn"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page says %q", bad)
		}
	}
	if strings.Contains(a.body, `href="/actions`) {
		t.Error("a link leads where management may not go")
	}
	if len(h.queries) > 0 {
		t.Error("actions were looked for that are not shown")
	}
}

func TestAnAuditorDecidesNothing(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(auditor).get("/overview")
	a.wants(t, http.StatusOK, "Lokalen är upptagen till juni.")
	if strings.Contains(a.body, "/decisions/") {
		t.Error("there is a form")
	}
}

func TestAnEmptyHouseSaysHowToBegin(t *testing.T) {
	s, h := planSite(t)
	h.plan, h.over = nil, tertial.Overview{AsOf: onDay("2027-03-24")}
	a := s.as(coordinator).get("/overview")
	a.wants(t, http.StatusOK, "Här finns inga åtgärder än", `href="/imports"`, "Inget väntar på beslut just nu.", "Inget särskilt att bevaka just nu.")
	domOf(t, a)
}

func TestMoreDecisionsThanFitAreCounted(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	h.answers = nil
	for i := range 25 {
		h.answers = append(h.answers, tertial.Answer{ID: int64(i + 1), Ref: "2027-7.2", Kind: tertial.AnswerNewDate, Person: "Anna Ek", Date: onDay("2027-06-11")})
	}
	a := s.as(coordinator).get("/overview")
	a.wants(t, http.StatusOK, "Ytterligare 5 svar väntar.")
	domOf(t, a)
}

func TestTheCoordinatorDecides(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	b := s.as(coordinator)
	a := b.post("/decisions/31", "decision", "accepted", "why-31", "", "here", "/actions/2027-7.2")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/actions/2027-7.2" {
		t.Fatalf("got %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	b.get("/actions/2027-7.2").wants(t, http.StatusOK, "Godkänt: 2027-7.2. Anna Ek får besked.")
	a = b.post("/decisions/31", "decision", "declined", "why-31", "Rapporten väntar inte", "here", "//evil.example")
	if to := a.Header.Get("Location"); to != "/" {
		t.Errorf("got led to %s", to)
	}
	if len(h.decided) != 2 || h.decided[0] != tertial.Agreed || h.decided[1] != tertial.Refusal || h.whys[1] != "Rapporten väntar inte" {
		t.Errorf("got %v %q", h.decided, h.whys)
	}
	if h.stamps[0].By != "person:14" {
		t.Errorf("it was decided by %s", h.stamps[0].By)
	}
}

func TestADecisionThatIsNoneChangesNothing(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	b := s.as(coordinator)
	a := b.post("/decisions/31", "decision", "declined", "why-31", " ", "here", "/overview")
	a.wants(t, http.StatusUnprocessableEntity, "Skriv varför du avslår.", `href="#why-31"`)
	domOf(t, a)
	b.post("/decisions/31", "why-31", "x").wants(t, http.StatusUnprocessableEntity)
	b.post("/decisions/99", "decision", "accepted").wants(t, http.StatusNotFound)
	b.post("/decisions/abc", "decision", "accepted").wants(t, http.StatusNotFound)
	b.post("/decisions/32", "decision", "accepted").wants(t, http.StatusForbidden) // only who is asked can take over
	if len(h.decided) > 0 {
		t.Errorf("it was decided: %v", h.decided)
	}
	if a := b.post("/decisions/32", "decision", "declined", "why-32", "Fråga Bo först"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("got %d for taking back a hand-over", a.StatusCode)
	}
}
