package web

import (
	"net/http"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestOnesOwnActionsStandByWhenTheyAreDue(t *testing.T) {
	h := newFakeHouse().someActions()
	for i, c := range []struct {
		due    tertial.Date
		status tertial.Status
	}{
		{tertial.DateOf(2027, 3, 20), tertial.Open}, {tertial.DateOf(2027, 3, 28), tertial.InProgress}, {tertial.Date{}, tertial.Open}, {tertial.DateOf(2027, 9, 1), tertial.Open}, {tertial.DateOf(2027, 3, 1), tertial.ReportedDone},
	} {
		ref := "2027-5." + string(rune('1'+i))
		h.actions[ref] = tertial.Action{ID: int64(60 + i), Ref: ref, Title: "Egen " + ref, Status: c.status, Responsible: []string{owner.Person.Name}, Timing: tertial.Timing{Due: c.due}}
	}
	h.actions["2027-9.9"] = tertial.Action{ID: 70, Ref: "2027-9.9", Title: "Någon annans", Responsible: []string{"Per Lind"}}
	s := newSite(t, h, h)
	a := s.as(owner).get("/mine")
	a.wants(t, http.StatusOK, "8 öppna åtgärder", `aria-current="page"`)
	at := -1
	for _, heading := range []string{"Försenade (1)", "Den här veckan (1)", "Inom 30 dagar (2)", "Senare (2)", "Utan datum (1)", "Väntar på andra (1)"} {
		i := strings.Index(a.body, heading)
		if i <= at {
			t.Errorf("%q is not where it should be (%d after %d)", heading, i, at)
		}
		at = i
	}
	if strings.Contains(a.body, "Någon annans") {
		t.Error("somebody else's action is shown")
	}
	s.as(auditor).get("/mine").wants(t, http.StatusOK, "inga öppna åtgärder")
}

func TestAPersonWhoIsSignedInAnswersTheirOwnActions(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	b := s.as(owner)
	page := b.get("/mine/2027-7.2?svar=done")
	page.wants(t, http.StatusOK, "Rutin 2027-7.2", `name="csrf"`)
	if strings.Contains(page.body, " checked") || strings.Contains(page.body, "Du svarar som") {
		t.Error("something is chosen, or the reader is asked who they are")
	}
	a := b.upload("/mine/2027-7.2", nil, "kind", "on-track", "key", page.field(t, "key"))
	a.wants(t, http.StatusSeeOther)
	b.get(a.Header.Get("Location")).wants(t, http.StatusOK, "Pågår enligt plan", "Ångra svaret", "Till mina åtgärder")
	if got := h.given[0]; got.PersonID != 11 || got.Message != 0 || h.stamps[0].By != "person:11" {
		t.Errorf("got %+v", got.Answer)
	}
	a = b.post("/mine/undo/1")
	a.wants(t, http.StatusSeeOther)
	b.get(a.Header.Get("Location")).wants(t, http.StatusOK, "Svaret är tillbakataget")
	b.upload("/mine/2027-7.2", nil, "kind", "blocked").wants(t, http.StatusUnprocessableEntity, "Skriv vad som står i vägen")
}

func TestOthersActionsAndAnswersAreNotThere(t *testing.T) {
	h := newFakeHouse().someActions()
	h.given = []givenAnswer{{Answer: tertial.Answer{ID: 1, PersonID: 11, Ref: "2027-7.2", ActionID: 42}}}
	s := newSite(t, h, h)
	b := s.as(manager)
	for _, path := range []string{"/mine/2027-7.2", "/mine/1%20OR%201=1", "/mine/..%2f", "/mine/receipt/1", "/mine/receipt/-1", "/mine/receipt/2"} {
		b.get(path).wants(t, http.StatusNotFound)
	}
	b.upload("/mine/2027-7.2", nil, "kind", "on-track").wants(t, http.StatusNotFound)
	b.post("/mine/undo/1").wants(t, http.StatusNotFound)
	b.post("/mine/handover/1", "decision", "accepted").wants(t, http.StatusNotFound)
	if len(h.given) != 1 || !h.given[0].Undone.IsZero() {
		t.Errorf("got %+v", h.given)
	}
}

func TestAHandOverWaitsOnThePageOfWhoIsAsked(t *testing.T) {
	h := newFakeHouse().someActions().people(manager)
	h.given = []givenAnswer{{Answer: tertial.Answer{ID: 1, Ref: "2027-7.2", ActionID: 42, PersonID: 11, Person: "Anna Ek", Title: "Rutin", Kind: tertial.AnswerHandOver, To: "Per.Lind@stad.example"}}}
	s := newSite(t, h, h)
	s.as(owner).get("/mine").wants(t, http.StatusOK, "Erbjuden till Per.Lind@stad.example")
	b := s.as(manager)
	b.get("/mine").wants(t, http.StatusOK, "Anna Ek ber dig ta över 2027-7.2")
	b.post("/mine/handover/1", "decision", "perhaps").wants(t, http.StatusUnprocessableEntity)
	b.post("/mine/handover/1", "decision", "accepted").wants(t, http.StatusSeeOther)
	if got := h.given[0]; got.Decision != tertial.Agreed || got.DecidedBy != "person:12" {
		t.Errorf("got %+v", got.Answer)
	}
	b.get("/mine").wants(t, http.StatusOK, "Åtgärden är din nu")
	if strings.Contains(b.get("/mine").body, "Åtgärden är din nu") {
		t.Error("it is said twice")
	}
}
