package web

import (
	"context"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tertial/internal/calendar"
	"tertial/internal/gap"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/templates"
)

// restOfHouse is what the store has not: the wheel.
type restOfHouse struct{ *planHouse }

func (h restOfHouse) Wheel(ctx context.Context) (*calendar.Wheel, error) {
	return h.planHouse.Wheel(ctx)
}

// realSite is a site over a real database with the sample analysis in it.
func realSite(t *testing.T) (*site, *store.Store) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Database: filepath.Join(t.TempDir(), "t.db"), Migrate: true, Zone: stockholm})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	h := newPlanHouse()
	type rest struct{ restOfHouse }
	s := newSite(t, struct {
		*store.Store
		rest
	}{st, rest{restOfHouse{h}}}, h.fakeHouse)
	wheel, err := h.Wheel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(templates.Sample(), "gapanalys.txt")
	if err != nil {
		t.Fatal(err)
	}
	people, err := fs.ReadFile(templates.Sample(), "people.csv")
	if err != nil {
		t.Fatal(err)
	}
	today := onDay("2027-03-24")
	preview, err := gap.Read(text, gap.Options{Source: "gapanalys.txt", Format: "auto", PlanYear: 2027, Dated: today, AsOf: today, Wheel: wheel})
	if err != nil {
		t.Fatal(err)
	}
	stamp := s.o.Rules.Stamp("import", "import", s.now)
	if _, err := st.ApplyImport(t.Context(), stamp, preview); err != nil {
		t.Fatal(err)
	}
	persons, _, err := gap.ReadPeople(people, "people.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.SavePeople(t.Context(), stamp, persons); err != nil {
		t.Fatal(err)
	}
	return s, st
}

// whoIs is the viewer of an address.
func whoIs(t *testing.T, st *store.Store, email string) tertial.Viewer {
	t.Helper()
	p, err := st.Person(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	v, err := st.Viewer(t.Context(), p.ID, onDay("2027-03-24"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// One action's life on the pages of a real database: what the fakes of the other tests assume of the house is so.
func TestAPlanLivesOnThePages(t *testing.T) {
	s, st := realSite(t)
	isam := s.as(whoIs(t, st, "saga.lindmark@stad.example"))
	for _, path := range []string{"/overview", "/actions", "/actions?status=all&sort=-changed&only=review", "/actions?clause=7&owner=HR&q=a", "/clauses", "/board", "/timeline?status=all", "/actions/new"} {
		a := isam.get(path)
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %d: %s", path, a.StatusCode, s.log)
		}
		domOf(t, a)
	}

	a := isam.post("/actions/new", "title", "Utbilda alla chefer", "clauses", "7.2", "priority", "high", "responsible", "HR", "due", "2027-03-31", "plan_year", "2027", "steps", "Bjud in\nHåll kursen")
	path := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(path, "/actions/2027-7.2") {
		t.Fatalf("got %d %s: %s", a.StatusCode, path, s.log)
	}
	ref := strings.TrimPrefix(path, "/actions/")
	a = isam.get(path)
	a.wants(t, http.StatusOK, "Petra Wallgren", "7 dagar kvar", "Skapad")
	domOf(t, a)

	hr := s.as(whoIs(t, st, "petra.wallgren@stad.example"))
	hr.get(path).wants(t, http.StatusOK, "Utbilda alla chefer")
	hr.get("/actions").wants(t, http.StatusForbidden)
	if a := hr.post(path+"/steps", "version", "1", "done", "0"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("ticking: got %d: %s", a.StatusCode, s.log)
	}
	asked, err := st.GiveAnswer(t.Context(), s.o.Rules.Stamp("person:1", "web", s.now), "form-1", tertial.Answer{Ref: ref, PersonID: whoIs(t, st, "petra.wallgren@stad.example").Person.ID,
		Kind: tertial.AnswerNewDate, Text: "Kursledaren är sjuk", Date: onDay("2027-05-31")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	isam.get("/overview").wants(t, http.StatusOK, "Petra Wallgren behöver ett nytt datum: 2027-05-31", "Kursledaren är sjuk")
	id := reasonField(asked.ID)[len("why-"):]
	if a := isam.post("/decisions/"+id, "decision", "accepted", "here", path); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("deciding: got %d: %s", a.StatusCode, s.log)
	}
	a = isam.get(path)
	a.wants(t, http.StatusOK, "Godkänt: "+ref, "2027-05-31 (mån v. 22)", "Godkänt av Saga Lindmark", "1 av 2 klara (Bjud in)")
	domOf(t, a)

	isam.post(path+"/done", "version", "1", "done-note", "för sent").wants(t, http.StatusConflict, "Någon annan ändrade åtgärden")
	if a := hr.uploadFiles(path+"/evidence", map[string]string{"närvaro.txt": "Alla var med."}); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("uploading: got %d: %s\n%s", a.StatusCode, s.log, a.body)
	}
	files, err := st.ActionEvidence(t.Context(), ref)
	if err != nil || len(files) != 1 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	isam.get(path+"/evidence/1").wants(t, http.StatusOK, "Alla var med.")
	x, err := st.Action(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if a := isam.post("/board/"+ref, "to", "done", "note", "Kursen är hållen", "version", strconv.Itoa(x.Version), "here", "/board"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("moving: got %d: %s", a.StatusCode, s.log)
	}
	a = isam.get(path)
	a.wants(t, http.StatusOK, "Kursen är hållen", "Avslutad", "Återöppna")
	domOf(t, a)
	isam.get("/actions.csv?status=done").wants(t, http.StatusOK, "Utbilda alla chefer")
}
