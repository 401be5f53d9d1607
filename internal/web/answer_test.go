package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// upload sends a form with files, as a browser does: pairs of names and values, and names of files with their bytes.
func (b *browser) upload(path string, files map[string][]byte, pairs ...string) answered {
	b.site.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	if b.token != "" {
		_ = w.WriteField("csrf", b.token)
	}
	if len(files) == 0 { // a browser sends an empty part
		files = map[string][]byte{"": nil}
	}
	for name, content := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="files"; filename="`+name+`"`)
		h.Set("Content-Type", "application/octet-stream")
		p, _ := w.CreatePart(h)
		_, _ = p.Write(content)
	}
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example"+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestALinkShowsTheMinimumAndChoosesNothing(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	for _, query := range []string{"", "?svar=done", "?svar=on-track&amp;x=1", "?svar=new-date", "?done=1&_method=POST", "?svar=%3Cscript%3E"} {
		a := s.guest().get("/a/" + s.token(42) + query)
		a.wants(t, http.StatusOK, "Du svarar som Anna Ek", "Inte du?", "Rutin 2027-7.2", "2027-7.2", "2027-03-31 (ons v. 13)", "1 av 2 klara",
			"Pågår enligt plan", "Behöver nytt datum", "Lämna över", "Blockerad", "Påminn senare", `enctype="multipart/form-data"`)
		if strings.Contains(a.body, " checked") || strings.Contains(a.body, "hemlig") || strings.Contains(a.body, "<script") {
			t.Errorf("%q: something is chosen, or shown that should not be:\n%s", query, a.body)
		}
		if got := a.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("got Referrer-Policy %q", got)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("got %v", a.Header)
		}
	}
	first := s.guest().get("/a/" + s.token(42) + "?svar=new-date").body
	if asked := strings.Index(first, `value="new-date"`); asked > strings.Index(first, `value="done"`) {
		t.Error("the answer that the mail's link was for does not stand first")
	}
}

func TestLookingAtALinkChangesNothing(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	for _, agent := range []string{"Mozilla/5.0 SafeLinks", "curl/8", "BarracudaCentral"} {
		b := s.guest()
		b.header.Set("User-Agent", agent)
		for range 20 {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace} {
				b.do(httptest.NewRequest(method, "https://tertial.stad.example/a/"+s.token(42)+"?svar=done", nil))
				b.do(httptest.NewRequest(method, "https://tertial.stad.example/a/"+s.token(0), nil))
			}
		}
		if len(b.cookies) > 0 {
			t.Errorf("%s got cookies %v", agent, b.cookies)
		}
	}
	if len(h.given) > 0 || len(h.sessions) > 0 {
		t.Errorf("got %d answers, %d sessions", len(h.given), len(h.sessions))
	}
}

func TestAPostWithoutAChoiceIsRefused(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	path := "/a/" + s.token(42)
	s.guest().upload(path+"?svar=done", nil, "key", "x").wants(t, http.StatusUnprocessableEntity, "Välj hur det går.", `href="#kind"`)
	s.guest().post(path).wants(t, http.StatusUnprocessableEntity)
	s.guest().post("/a/"+s.token(0), "key", "x").wants(t, http.StatusUnprocessableEntity, "minst en åtgärd")
	if len(h.given) > 0 {
		t.Errorf("got %d answers", len(h.given))
	}
}

func TestEveryAnswerIsTakenByALink(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		files map[string][]byte
		want  tertial.Answer
		words []string
	}{
		"done with a line":  {[]string{"kind", "done", "text.done", " Rutinen är\r\nbeslutad. "}, nil, tertial.Answer{Kind: tertial.AnswerDone, Text: "Rutinen är\nbeslutad."}, []string{"Klar", "bekräftar"}},
		"done with a file":  {[]string{"kind", "done"}, map[string][]byte{"rutin.pdf": []byte("%PDF-1.7")}, tertial.Answer{Kind: tertial.AnswerDone}, []string{"rutin.pdf"}},
		"on track":          {[]string{"kind", "on-track", "text.done", "hör inte hit"}, nil, tertial.Answer{Kind: tertial.AnswerOnTrack}, []string{"Pågår enligt plan"}},
		"needs a new date":  {[]string{"kind", "new-date", "date", "2027-05-31", "text.new-date", "Upphandlingen"}, nil, tertial.Answer{Kind: tertial.AnswerNewDate, Text: "Upphandlingen", Date: tertial.DateOf(2027, 5, 31)}, []string{"2027-05-31 (mån v. 22)", "väntar på beslut"}},
		"is handed over":    {[]string{"kind", "hand-over", "to", "Per.Lind@stad.example"}, nil, tertial.Answer{Kind: tertial.AnswerHandOver, To: "per.lind@stad.example"}, []string{"tacka ja"}},
		"is blocked":        {[]string{"kind", "blocked", "text.blocked", "Ingen budget"}, nil, tertial.Answer{Kind: tertial.AnswerBlocked, Text: "Ingen budget"}, []string{"Ingen budget"}},
		"is to wait a week": {[]string{"kind", "later", "days", "7"}, nil, tertial.Answer{Kind: tertial.AnswerLater, Date: day}, []string{"Påminnelse kommer"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newFakeHouse().someActions()
			s := newSite(t, h, h)
			b, path := s.guest(), "/a/"+s.token(42)
			a := b.upload(path, c.files, append(c.pairs, "key", b.get(path).field(t, "key"))...)
			a.wants(t, http.StatusSeeOther)
			if got, want := a.Header.Get("Location"), path+"/receipt/1"; got != want {
				t.Fatalf("got led to %s, want %s", got, want)
			}
			got := h.given[0].Answer
			if got.Kind != c.want.Kind || got.Text != c.want.Text || got.Date != c.want.Date || got.To != c.want.To || got.PersonID != 11 || got.ActionID != 42 || got.Message != 88 || got.Ref != "2027-7.2" {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if h.stamps[0].By != "person:11" {
				t.Errorf("got stamp %+v", h.stamps[0])
			}
			b.get(a.Header.Get("Location")).wants(t, http.StatusOK, append(c.words, "Ångra svaret", "12:10")...)
			if len(b.cookies) > 0 {
				t.Errorf("got cookies %v", b.cookies)
			}
		})
	}
}

func TestWhatIsWrongWithAnAnswerIsSaidAtItsField(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	path := "/a/" + s.token(42)
	for name, c := range map[string]struct {
		pairs []string
		files map[string][]byte
		field string
	}{
		"done without a word":         {[]string{"kind", "done", "text.done", " \t "}, nil, "text.done"},
		"blocked by nothing":          {[]string{"kind", "blocked"}, nil, "text.blocked"},
		"a new date without a reason": {[]string{"kind", "new-date", "date", "2027-05-31"}, nil, "text.new-date"},
		"a date that has passed":      {[]string{"kind", "new-date", "date", "2027-03-23", "text.new-date", "x"}, nil, "date"},
		"the same date":               {[]string{"kind", "new-date", "date", "2027-03-31", "text.new-date", "x"}, nil, "date"},
		"no date at all":              {[]string{"kind", "new-date", "text.new-date", "x"}, nil, "date"},
		"a date that is none":         {[]string{"kind", "new-date", "date", "2027-02-30", "text.new-date", "x"}, nil, "date"},
		"a date after all time":       {[]string{"kind", "new-date", "date", "2101-01-01", "text.new-date", "x"}, nil, "date"},
		"handed to nobody":            {[]string{"kind", "hand-over"}, nil, "to"},
		"handed to a stranger":        {[]string{"kind", "hand-over", "to", "x@evil.example"}, nil, "to"},
		"handed to no address":        {[]string{"kind", "hand-over", "to", "Per <per@stad.example>"}, nil, "to"},
		"later than the last day":     {[]string{"kind", "later", "days", "14"}, nil, "days"},
		"later by other days":         {[]string{"kind", "later", "days", "3"}, nil, "days"},
		"later by full-width digits":  {[]string{"kind", "later", "days", "７"}, nil, "days"},
		"a file of another kind":      {[]string{"kind", "done"}, map[string][]byte{"x.exe": []byte("MZ")}, "files"},
		"too long":                    {[]string{"kind", "done", "text.done", strings.Repeat("å", 2001)}, nil, "text.done"},
		"an answer that is none":      {[]string{"kind", "cancel"}, nil, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.guest().upload(path, c.files, append(c.pairs, "key", "k"+name)...)
			a.wants(t, http.StatusUnprocessableEntity, `href="#`+c.field+`"`, `id="`+c.field+`-wrong"`)
		})
	}
	if len(h.given) > 0 {
		t.Errorf("got %d answers", len(h.given))
	}
	a := s.guest().upload(path, nil, "kind", "new-date", "text.new-date", "Upphandlingen", "key", "k")
	a.wants(t, http.StatusUnprocessableEntity, "Upphandlingen</textarea>", `value="new-date" checked`)
}

func TestTheSameFormCountsOnce(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	path := "/a/" + s.token(42)
	key := s.guest().get(path).field(t, "key")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a := s.guest().upload(path, nil, "kind", "on-track", "key", key)
			if got := a.Header.Get("Location"); got != path+"/receipt/1" {
				t.Errorf("got led to %q", got)
			}
		})
	}
	wg.Wait()
	if len(h.given) != 1 {
		t.Errorf("got %d answers, want 1", len(h.given))
	}
}

func TestEveryBadTokenIsAnsweredAlike(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	good := s.token(42)
	other := tertial.NewSigner([]byte("another secret of thirty-two byte"))
	link := tertial.AnswerLink{Message: 88, Person: 11, Action: 42, Expires: day.AddDays(60)}
	expired, foreign, unknown, handed := link, link, link, link
	expired.Expires = tertial.DateOf(2027, 3, 23)
	foreign.Person = 12
	unknown.Message = 89
	handed.Action = 777
	want := s.guest().get("/a/1-1-20270530-x")
	want.wants(t, http.StatusNotFound, "Länken fungerar inte", "tryck på länken igen")
	for name, token := range map[string]string{
		"one letter changed":         good[:len(good)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(good, "a")],
		"cut off":                    good[:len(good)-5],
		"in capitals":                strings.ToUpper(good),
		"another action's":           strings.Replace(good, "-42-", "-43-", 1),
		"another mail's":             strings.Replace(good, "88-", "89-", 1),
		"with another end":           strings.Replace(good, "20270530", "20990530", 1),
		"expired":                    s.o.Signer.Answer(expired),
		"of another person":          s.o.Signer.Answer(foreign),
		"of a mail that is not":      s.o.Signer.Answer(unknown),
		"of an action handed over":   s.o.Signer.Answer(handed),
		"of another key":             other.Answer(link),
		"with a zero byte":           good + "%00",
		"ten kilobytes":              strings.Repeat("a", 7000),
		"with a doubled &amp;":       good + "&amp;svar=done",
		"with spaces":                "%20" + good,
		"of a sign-in":               s.o.Signer.SignInToken(88, 11),
		"with a plus before the sum": "+" + good,
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/a/" + token, "/h/" + token} {
				a := s.guest().get(path)
				if a.StatusCode != want.StatusCode || a.body != want.body {
					t.Errorf("GET %s: got %d and another page:\n%s", path, a.StatusCode, a.body)
				}
			}
			if a := s.guest().post("/a/"+token, "kind", "on-track"); a.StatusCode != http.StatusNotFound {
				t.Errorf("POST: got %d", a.StatusCode)
			}
		})
	}
	if len(h.given) > 0 {
		t.Errorf("got %d answers", len(h.given))
	}
}

func TestABadLinkIsRefusedBeforeItsBodyIsRead(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	body := &countingReader{}
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example/a/88-42-20270530-aaaaaaaaaaaaaaaaaaaaaaaaaa", body)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if a := s.guest().do(r); a.StatusCode != http.StatusNotFound || body.n > 0 {
		t.Errorf("got %d after %d bytes", a.StatusCode, body.n)
	}
}

type countingReader struct{ n int }

func (r *countingReader) Read(p []byte) (int, error) {
	r.n += len(p)
	return len(p), nil
}

func TestGuessingAtLinksIsBoundedAndHindersNobodyElse(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	b := s.guest()
	refused := 0
	for i := range 200 {
		if b.get(fmt.Sprintf("/a/88-42-20270530-%026d", i)).StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("got %d of 200 guesses refused", refused)
	}
	b.get("/a/"+s.token(42)).wants(t, http.StatusOK)
	other := s.guest()
	other.remote = "198.51.100.9:1"
	other.get("/a/x").wants(t, http.StatusNotFound)
}

func TestWhichActionIsAnsweredAboutTheLinkSays(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	s.guest().upload("/a/"+s.token(42), nil, "kind", "on-track", "key", "k", "action", "43", "ref", "2027-8.2", "person", "12").wants(t, http.StatusSeeOther)
	if got := h.given[0]; got.ActionID != 42 || got.Ref != "2027-7.2" || got.PersonID != 11 {
		t.Errorf("got %+v", got.Answer)
	}
}

func TestAnAnswerCanBeTakenBackForTenMinutes(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	b, path := s.guest(), "/a/"+s.token(42)
	b.upload(path, nil, "kind", "on-track", "key", "k").wants(t, http.StatusSeeOther)
	a := b.post(path + "/undo/1")
	a.wants(t, http.StatusSeeOther)
	b.get(a.Header.Get("Location")).wants(t, http.StatusOK, "Svaret är tillbakataget", "Svara på nytt")

	b.upload(path, nil, "kind", "on-track", "key", "k2").wants(t, http.StatusSeeOther)
	s.Server.o.Clock = func() time.Time { return s.now.Add(11 * time.Minute) }
	if page := b.get(path + "/receipt/2"); strings.Contains(page.body, "Ångra svaret") {
		t.Error("the button is still there")
	}
	b.post(path+"/undo/2").wants(t, http.StatusConflict, "går inte längre att ångra")
}

func TestAReceiptIsOfTheLinksPersonAndActionOnly(t *testing.T) {
	h := newFakeHouse().someActions().people(manager)
	s := newSite(t, h, h)
	s.guest().upload("/a/"+s.token(42), nil, "kind", "on-track", "key", "k").wants(t, http.StatusSeeOther)
	h.given = append(h.given, givenAnswer{Answer: tertial.Answer{ID: 2, ActionID: 42, PersonID: 12, Message: 88}}, givenAnswer{Answer: tertial.Answer{ID: 3, ActionID: 42, PersonID: 11, Message: 90}})
	for _, path := range []string{"/a/" + s.token(43) + "/receipt/1", "/a/" + s.token(42) + "/receipt/2", "/a/" + s.token(42) + "/receipt/3", "/a/" + s.token(42) + "/receipt/4", "/a/" + s.token(42) + "/receipt/01", "/a/" + s.token(42) + "/receipt/x"} {
		s.guest().get(path).wants(t, http.StatusNotFound, "Länken fungerar inte")
		s.guest().post(strings.Replace(path, "receipt", "undo", 1)).wants(t, http.StatusNotFound)
	}
}

func TestAClosedActionHasNoForm(t *testing.T) {
	for status, words := range map[tertial.Status]string{tertial.Done: "Åtgärden är avslutad", tertial.Cancelled: "Åtgärden är avslutad", tertial.ReportedDone: "rapporterad som klar"} {
		h := newFakeHouse().someActions()
		h.links[88].Items[0].Status = status
		s := newSite(t, h, h)
		a := s.guest().get("/a/" + s.token(42))
		a.wants(t, http.StatusOK, words)
		if strings.Contains(a.body, "<form") {
			t.Errorf("%s: there is a form", status)
		}
	}
}

func TestOnePageAnswersForAllOfAMail(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	b, path := s.guest(), "/a/"+s.token(0)
	page := b.get(path)
	page.wants(t, http.StatusOK, "Svara för alla dina åtgärder", "2027-7.2", "2027-8.2", "2027-A.5.18", "/a/"+s.token(43))
	pairs := []string{"key", page.field(t, "key"), "kind.42", "on-track", "kind.44", "done", "text.44", "Beslutad", "text.43", "", "kind.999", "done"}
	for range 2 {
		a := b.post(path, pairs...)
		a.wants(t, http.StatusOK, "Tack, svaret är sparat", "2027-7.2", "2027-A.5.18", "Beslutad", path+"/undo/1", path+"/undo/2")
		if strings.Contains(a.body, "2027-8.2") {
			t.Error("a row that was left alone was answered")
		}
	}
	if len(h.given) != 2 {
		t.Fatalf("got %d answers, want 2", len(h.given))
	}
	b.post(path+"/undo/2").wants(t, http.StatusSeeOther)
	if h.given[1].Undone.IsZero() {
		t.Error("the answer was not taken back")
	}
}

func TestARowOfThePageForAllIsHeldToItsRules(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	path := "/a/" + s.token(0)
	for name, pairs := range map[string][]string{
		"done without a line":        {"kind.42", "done"},
		"blocked without a line":     {"kind.42", "on-track", "kind.43", "blocked"},
		"a line without an answer":   {"text.43", "hej"},
		"an answer of another page":  {"kind.42", "hand-over"},
		"one good and one bad of it": {"kind.42", "on-track", "kind.43", "xyz"},
	} {
		t.Run(name, func(t *testing.T) {
			s.guest().post(path, append(pairs, "key", "k")...).wants(t, http.StatusUnprocessableEntity, "complaints")
		})
	}
	if len(h.given) > 0 {
		t.Errorf("got %d answers: nothing of a form with a fault is taken", len(h.given))
	}
}

func TestAHandOverIsTakenOrNot(t *testing.T) {
	for name, c := range map[string]struct {
		to   tertial.Person // who was asked, as the mail was made
		want string         // who decided
	}{
		"by a person":                   {manager.Person, "person:12"},
		"by an address nobody knew yet": {tertial.Person{Email: "ny@stad.example"}, "message:90"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, decision := range []tertial.Decision{tertial.Agreed, tertial.Refusal} {
				h := newFakeHouse().someActions().people(manager)
				h.given = []givenAnswer{{Answer: tertial.Answer{ID: 1, Ref: "2027-7.2", ActionID: 42, PersonID: 11, Person: "Anna Ek", Kind: tertial.AnswerHandOver, To: c.to.Email, Text: "Du kan det här", Title: "Rutin 2027-7.2"}}}
				h.links[90] = tertial.LinkFacts{Message: 90, Person: c.to, Answer: 1, Items: h.links[88].Items[:1]}
				s := newSite(t, h, h)
				token := s.o.Signer.Answer(tertial.AnswerLink{Message: 90, Person: c.to.ID, Expires: day})
				b, path := s.guest(), "/h/"+token
				b.get(path).wants(t, http.StatusOK, "Anna Ek tror att du", "Rutin 2027-7.2", "Du kan det här")
				b.get("/a/"+token).wants(t, http.StatusNotFound)
				b.post(path).wants(t, http.StatusUnprocessableEntity, "Välj ja eller nej")
				b.post(path, "decision", "declined").wants(t, http.StatusUnprocessableEntity, "varför du säger nej")
				a := b.post(path, "decision", string(decision), "why", "Per är rätt person")
				a.wants(t, http.StatusSeeOther)
				if got := h.given[0]; got.Decision != decision || got.DecidedBy != c.want {
					t.Errorf("got %s by %s", got.Decision, got.DecidedBy)
				}
				word := map[tertial.Decision]string{tertial.Agreed: "Du har tagit över", tertial.Refusal: "Du har tackat nej"}[decision]
				b.get(a.Header.Get("Location")).wants(t, http.StatusOK, word)
			}
		})
	}
}

func TestUploadsAreBounded(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	path := "/a/" + s.token(42)
	big := bytes.Repeat([]byte("x"), tertial.EvidenceSize+1)
	s.guest().upload(path, map[string][]byte{"a.txt": big}, "kind", "done").wants(t, http.StatusRequestEntityTooLarge, "större än")
	s.guest().upload(path, map[string][]byte{"a.txt": big[1:], "b.txt": big[1:], "c.txt": big[1:]}, "kind", "done").wants(t, http.StatusRequestEntityTooLarge)
	many := make(map[string][]byte)
	for i := range 6 {
		many[fmt.Sprintf("%d.txt", i)] = []byte("x")
	}
	s.guest().upload(path, many, "kind", "done").wants(t, http.StatusRequestEntityTooLarge)
	var parts []string
	for i := range 1000 {
		parts = append(parts, fmt.Sprintf("f%d", i), "x")
	}
	s.guest().upload(path, nil, parts...).wants(t, http.StatusBadRequest)
	if len(h.given) > 0 {
		t.Errorf("got %d answers", len(h.given))
	}
}

func TestTheNameOfAFileIsCleaned(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	s.guest().upload("/a/"+s.token(42), map[string][]byte{"../../etc/ru\u202etin.pdf": []byte("x")}, "kind", "done").wants(t, http.StatusSeeOther)
	if got := h.given[0].files[0].Name; got != "rutin.pdf" {
		t.Errorf("got %q", got)
	}
}

func TestNoSecretEntersLogsOrErrors(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	secrets := []string{s.token(42), s.token(0), s.o.Signer.SignInToken(17, 11), "SETUP-CANARY-SECRET", "CALENDAR-CANARY", "anna.ek@stad.example"}
	h.fails = fmt.Errorf("%w: disk", tertial.ErrUnavailable)
	h.signIns[17] = tertial.SignIn{ID: 17, Person: 11, Expires: tertial.Instant{Time: s.now.Add(time.Minute)}}
	for range 2 {
		for _, path := range []string{"/a/" + secrets[0], "/a/" + secrets[1], "/A/" + secrets[0], "/a/" + secrets[0] + "x", "/a//" + secrets[0], "/signin/" + secrets[2] + "x", "/setup/" + secrets[3], "/cal/" + secrets[4] + ".ics", "/x/" + secrets[0] + "?t=" + secrets[0]} {
			for _, a := range []answered{s.guest().get(path), s.guest().post(path, "kind", "on-track", "name", "Anna", "email", secrets[5], "decision", "accepted")} {
				for i, secret := range secrets {
					if a.StatusCode >= 400 && a.StatusCode != http.StatusUnprocessableEntity && strings.Contains(a.body, secret) && i != 3 && i != 5 {
						t.Errorf("%s: the page of the error %d has the secret %d", path[:5], a.StatusCode, i)
					}
					for name, values := range a.Header {
						if name != "Location" && strings.Contains(strings.Join(values, " "), secret) {
							t.Errorf("%s: the header %s has the secret %d", path[:5], name, i)
						}
					}
				}
			}
		}
		h.fails = nil
	}
	if s.log.Len() == 0 {
		t.Fatal("nothing was logged")
	}
	for i, secret := range secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has the secret %d", i)
		}
	}
	for line := range strings.Lines(s.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log has %q", line)
		}
	}
}

func TestADatabaseThatIsAwayIsSaidSo(t *testing.T) {
	h := newFakeHouse().someActions()
	h.fails = fmt.Errorf("%w: connection refused at db.internal:5432", tertial.ErrUnavailable)
	s := newSite(t, h, h)
	a := s.guest().get("/a/" + s.token(42))
	a.wants(t, http.StatusServiceUnavailable, "Inget har gått förlorat")
	if strings.Contains(a.body, "db.internal") || a.Header.Get("Retry-After") == "" {
		t.Errorf("got %v\n%s", a.Header, a.body)
	}
}
