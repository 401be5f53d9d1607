package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestTheCoordinatorChangesAnAction(t *testing.T) {
	for _, tt := range []struct {
		name, ref, act string
		form           []string
		flash          string
		want           func(a *tertial.Action) bool
	}{
		{"the date as read", "2027-8.2", "confirm", []string{"version", "1", "dates", "read"}, "Datumet för 2027-8.2 är bekräftat.",
			func(a *tertial.Action) bool {
				return a.Timing.Certainty == tertial.Confirmed && a.Timing.Due == onDay("2027-04-23") && len(a.Review) == 0
			}},
		{"another date", "2027-8.2", "confirm", []string{"version", "1", "dates", "given", "due", "2027-06-30"}, "bekräftat",
			func(a *tertial.Action) bool { return a.Timing.Due == onDay("2027-06-30") && a.DueGiven }},
		{"no date", "2027-8.2", "confirm", []string{"version", "1", "dates", "none"}, "bekräftat",
			func(a *tertial.Action) bool { return a.Timing.Due.IsZero() && len(a.Review) == 0 }},
		{"a status", "2027-7.2", "status", []string{"version", "3", "progress", "blocked", "note", "Ingen  lokal"}, "antecknat",
			func(a *tertial.Action) bool {
				return a.Progress == tertial.Blocked && a.Note == "Ingen lokal" && !a.ProgressAt.IsZero()
			}},
		{"a start", "2027-8.2", "start", []string{"version", "1"}, "påbörjad", func(a *tertial.Action) bool { return a.Status == tertial.InProgress }},
		{"done at once", "2027-7.2", "done", []string{"version", "3", "done-note", "Kursen är hållen"}, "avslutad som klar",
			func(a *tertial.Action) bool { return a.Status == tertial.Done && a.Reason == "Kursen är hållen" }},
		{"done confirmed", "2027-9.2", "done", []string{"version", "5", "done-note", "Sett"}, "avslutad som klar", func(a *tertial.Action) bool { return a.Status == tertial.Done }},
		{"sent back", "2027-9.2", "back", []string{"version", "5", "back-reason", "Bilagan saknas"}, "tillbaka hos de ansvariga",
			func(a *tertial.Action) bool {
				return a.Status == tertial.InProgress && a.Progress == tertial.Deviates && a.Note == "Bilagan saknas"
			}},
		{"cancelled", "2027-7.2", "cancel", []string{"version", "3", "cancel-as", "cancelled", "cancel-reason", "Ersatt"}, "avslutad", func(a *tertial.Action) bool { return a.Status == tertial.Cancelled }},
		{"not ours", "2027-7.2", "cancel", []string{"version", "3", "cancel-as", "not_applicable", "cancel-reason", "Gäller inte"}, "avslutad", func(a *tertial.Action) bool { return a.Status == tertial.Inapplicable }},
		{"reopened", "2027-10.1", "reopen", []string{"version", "9"}, "återöppnad", func(a *tertial.Action) bool { return a.Status == tertial.Open && a.Reason == "" }},
		{"steps added", "2027-7.2", "steps/add", []string{"version", "3", "step", "- Bjud in\r\n• boka lokal\r\n\r\nHåll kursen"}, "tillagda",
			func(a *tertial.Action) bool {
				return len(a.Steps) == 4 && a.Steps[2].Title == "Bjud in" && a.Steps[3].Title == "Håll kursen"
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := planSite(t)
			b := s.as(coordinator)
			a := b.post("/actions/"+tt.ref+"/"+tt.act, tt.form...)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/actions/"+tt.ref {
				t.Fatalf("got %d %s\n%s", a.StatusCode, a.Header.Get("Location"), s.log)
			}
			x, _ := h.find(tt.ref)
			if !tt.want(x) {
				t.Errorf("got %+v", x)
			}
			if got := h.stamps[len(h.stamps)-1]; got.By != "person:14" || !strings.HasPrefix(got.Via, "web ") {
				t.Errorf("it was done by %s via %s", got.By, got.Via)
			}
			b.get("/actions/"+tt.ref).wants(t, http.StatusOK, tt.flash)
		})
	}
}

func TestAFormWithAFaultIsShownAgainWithWhatWasWritten(t *testing.T) {
	for _, tt := range []struct {
		name, ref, act string
		form           []string
		want           []string
	}{
		{"no choice of a date", "2027-8.2", "confirm", []string{"version", "1"}, []string{"Välj ett av alternativen.", `href="#dates"`}},
		{"a given date without the date", "2027-8.2", "confirm", []string{"version", "1", "dates", "given"}, []string{"Fyll i det här fältet.", `href="#due"`}},
		{"a date that is none", "2027-8.2", "confirm", []string{"version", "1", "dates", "given", "due", "2027-02-30"}, []string{"Skriv datumet som", `value="2027-02-30"`}},
		{"a date far off", "2027-8.2", "confirm", []string{"version", "1", "dates", "given", "due", "9999-12-31"}, []string{"2000 till 2100"}},
		{"done without a note", "2027-7.2", "done", []string{"version", "3", "done-note", "  "}, []string{"Fyll i det här fältet.", `href="#done-note"`}},
		{"sent back without a reason", "2027-9.2", "back", []string{"version", "5"}, []string{`href="#back-reason"`}},
		{"cancelled without saying how", "2027-7.2", "cancel", []string{"version", "3", "cancel-reason", "Ersatt av annan"}, []string{"Välj ett av alternativen.", "Ersatt av annan"}},
		{"a status that is none", "2027-7.2", "status", []string{"version", "3", "progress", "super"}, []string{"Välj ett av alternativen."}},
		{"too long a note", "2027-7.2", "done", []string{"version", "3", "done-note", strings.Repeat("å", 2001)}, []string{"högst 2000 tecken"}},
		{"merged with itself", "2027-7.2", "merge", []string{"other", "2027-7.2"}, []string{"Välj en annan åtgärd"}},
		{"merged with nothing", "2027-7.2", "merge", []string{"other", "2027-99"}, []string{"ingen åtgärd med det numret", `value="2027-99"`}},
		{"merged with what is closed", "2027-7.2", "merge", []string{"other", "2027-10.1"}, []string{"Återöppna den först"}},
		{"no steps", "2027-7.2", "steps/add", []string{"version", "3", "step", " \n "}, []string{"Fyll i det här fältet."}},
		{"too long a step", "2027-7.2", "steps/add", []string{"version", "3", "step", strings.Repeat("x", 201)}, []string{"högst 200 tecken"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := planSite(t)
			a := s.as(coordinator).post("/actions/"+tt.ref+"/"+tt.act, tt.form...)
			a.wants(t, http.StatusUnprocessableEntity, tt.want...)
			domOf(t, a)
			if len(h.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestWhoWasSlowerSeesBoth(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	a := s.as(coordinator).post("/actions/2027-7.2/done", "version", "2", "done-note", "Kursen är hållen")
	a.wants(t, http.StatusConflict, "Någon annan ändrade åtgärden medan du skrev", "Kursen är hållen", "Medel", "Eva Berg")
	root := domOf(t, a)
	for _, in := range allOf(root, "input") {
		if attrOf(in, "name") == "version" && attrOf(in, "value") != "3" {
			t.Errorf("a form has version %s, want the one there is now", attrOf(in, "value"))
		}
	}
	if x, _ := h.find("2027-7.2"); x.Status != tertial.InProgress {
		t.Error("it was closed")
	}
}

func TestWhatTheStateDoesNotAllowIsAConflict(t *testing.T) {
	s, _ := planSite(t)
	b := s.as(coordinator)
	b.post("/actions/2027-10.1/done", "version", "9", "done-note", "igen").wants(t, http.StatusConflict)
	b.post("/actions/2027-7.2/start", "version", "3").wants(t, http.StatusConflict)
	b.post("/actions/2027-7.2/back", "version", "3", "back-reason", "x").wants(t, http.StatusConflict)
	b.post("/actions/2027-99/start", "version", "3").wants(t, http.StatusNotFound)
}

func TestOnlyTheCoordinatorChangesActions(t *testing.T) {
	s, h := planSite(t)
	h.mayOwn[owner.Person.ID] = true
	for _, v := range []tertial.Viewer{owner, manager, auditor} {
		b := s.as(v)
		for _, act := range []string{"edit", "confirm", "status", "start", "done", "back", "cancel", "reopen", "merge", "steps/add"} {
			b.post("/actions/2027-7.2/"+act, "version", "3").wants(t, http.StatusForbidden)
		}
		b.post("/actions/new", "title", "x").wants(t, http.StatusForbidden)
		b.post("/board/2027-7.2", "to", "done").wants(t, http.StatusForbidden)
		b.post("/decisions/31", "decision", "accepted").wants(t, http.StatusForbidden)
		b.get("/actions/new").wants(t, http.StatusForbidden)
	}
	if len(h.stamps) > 0 {
		t.Error("something was changed")
	}
}

func TestTwoActionsBecomeOne(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	if a := b.post("/actions/2027-7.2/merge", "other", " [2027-8.2] "); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d", a.StatusCode)
	}
	if got := fmt.Sprint(h.merged); got != "[[2027-7.2 2027-8.2]]" {
		t.Errorf("got %s", got)
	}
	b.get("/actions/2027-7.2").wants(t, http.StatusOK, "2027-8.2 har gått upp i 2027-7.2.")
}

func TestStepsAreTicked(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	a := b.post("/actions/2027-7.2/steps", "version", "3", "done", "1")
	if a.Header.Get("Location") != "/actions/2027-7.2#steps" {
		t.Fatalf("got %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if x, _ := h.find("2027-7.2"); x.Steps[0].Done || !x.Steps[1].Done {
		t.Errorf("got %+v, want the second alone", x.Steps)
	}
	b.get("/actions/2027-7.2").wants(t, http.StatusOK, "Delstegen är sparade: 1 av 2 klara.")
	b.post("/actions/2027-7.2/steps", "version", "3").wants(t, http.StatusConflict, "Någon annan ändrade")
	for _, bad := range []string{"2", "-1", "1e0", "٣"} {
		b.post("/actions/2027-7.2/steps", "version", "4", "done", bad).wants(t, http.StatusUnprocessableEntity)
	}
	b.post("/actions/2027-10.1/steps", "version", "9").wants(t, http.StatusConflict)
}

func TestAnOwnerWhoTicksTheLastStepHasReportedItDone(t *testing.T) {
	s, h := planSite(t)
	h.mayOwn[owner.Person.ID] = true
	b := s.as(owner)
	b.post("/actions/2027-7.2/steps", "version", "3", "done", "0")
	if len(h.reported) > 0 {
		t.Fatal("it is reported done with a step left")
	}
	b.post("/actions/2027-7.2/steps", "version", "4", "done", "0", "done", "1")
	if got := fmt.Sprint(h.reported); got != "[2027-7.2 by 11]" {
		t.Errorf("got %s", got)
	}
	b.get("/actions/2027-7.2").wants(t, http.StatusOK, "Alla delsteg är klara, så åtgärden är anmäld som klar. Tack!")
}

// uploadFiles posts files to an action.
func (b *browser) uploadFiles(path string, files map[string]string) answered {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("csrf", b.token)
	for name, content := range files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			b.site.t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example"+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestFilesAreAdded(t *testing.T) {
	s, h := planSite(t)
	h.mayOwn[owner.Person.ID] = true
	for i, v := range []tertial.Viewer{coordinator, owner} {
		b := s.as(v)
		if a := b.uploadFiles("/actions/2027-7.2/evidence", map[string]string{"protokoll.pdf": "%PDF-1.7"}); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("got %d: %s", a.StatusCode, s.log)
		}
		if len(h.evidence) != i+1 || h.evidence[i].PersonID != v.Person.ID || h.evidence[i].Name != "protokoll.pdf" {
			t.Errorf("got %+v", h.evidence)
		}
		b.get("/actions/2027-7.2").wants(t, http.StatusOK, "1 fil är sparad som underlag.")
	}
	s.as(coordinator).uploadFiles("/actions/2027-7.2/evidence", nil).wants(t, http.StatusUnprocessableEntity, "Välj en fil att ladda upp.")
	s.as(coordinator).uploadFiles("/actions/2027-7.2/evidence", map[string]string{"virus<b>.exe": "MZ…"}).wants(t, http.StatusUnprocessableEntity, "virus&lt;b&gt;.exe", "kan inte tas emot")
	s.as(auditor).uploadFiles("/actions/2027-7.2/evidence", map[string]string{"a.pdf": "%PDF"}).wants(t, http.StatusForbidden)
}

func TestAFileIsSavedAndNeverShown(t *testing.T) {
	s, h := planSite(t)
	h.rich()
	h.evidence = append(h.evidence,
		tertial.Evidence{ID: 52, Ref: "2027-7.2", Name: "a\"\r\nX: y.pdf", Type: "text/html; x=\r\n", Size: int64(len(h.content))},
		tertial.Evidence{ID: 53, Ref: "2027-8.2", Name: "annans.pdf", Type: "application/pdf", Size: int64(len(h.content))})
	h.evidence[0].Size = int64(len(h.content))
	b := s.as(auditor)
	a := b.get("/actions/2027-7.2/evidence/51")
	a.wants(t, http.StatusOK, h.content)
	for name, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=plan.pdf", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'", "Cache-Control": "no-store"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	a = b.get("/actions/2027-7.2/evidence/52")
	if got := a.Header.Get("Content-Disposition"); strings.ContainsAny(got, "\r\n") || !strings.HasPrefix(got, "attachment") {
		t.Errorf("got Content-Disposition %q", got)
	}
	if a.Header.Get("X") != "" || a.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got Content-Type %q", a.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/actions/2027-7.2/evidence/53", "/actions/2027-7.2/evidence/99", "/actions/2027-7.2/evidence/0", "/actions/2027-7.2/evidence/051", "/actions/2027-7.2/evidence/-51", "/actions/2027-99/evidence/51"} {
		b.get(path).wants(t, http.StatusNotFound)
	}
	// The owner of the action gets its files, and nobody else's.
	s.as(owner).get("/actions/2027-7.2/evidence/51").wants(t, http.StatusOK)
	s.as(owner).get("/actions/2027-8.2/evidence/53").wants(t, http.StatusNotFound)
}
