package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"tertial/internal/tertial"
)

func TestEveryPageOfTheYearAndTheHouseIsWhole(t *testing.T) {
	site, _ := newYear(t)
	for _, path := range []string{
		"/wheel", "/wheel?year=2026&view=list", "/wheel?year=2028&view=calendar", "/wheel/VOR/2027", "/wheel/VOR/2027?date=2027-11-15", "/wheel/T1/2027?date=2027-04-03",
		"/wheel/T1/2027?date=1999-01-01", "/calendar", "/dates", "/people", "/people?q=anna&only=suspect", "/people?q=ingen", "/people/new", "/people/import", "/people/1", "/people/2",
		"/roles", "/roles?only=vacant", "/mail", "/mail?state=problems", "/mail?state=sent", "/mail/plan", "/mail/88", "/imports", "/imports/3", "/checks", "/log", "/log?subject=2027-7.2",
		"/log/verify", "/settings", "/help",
	} {
		for _, lang := range []string{"sv", "en"} {
			for name, viewer := range map[string]tertial.Viewer{"coordinator": coordinator, "auditor": auditor} {
				if name == "auditor" && (strings.HasPrefix(path, "/wheel/") || path == "/people/new" || path == "/people/import") {
					continue
				}
				viewer.Person.Language = lang
				t.Run(lang+" "+name+" "+path, func(t *testing.T) { examine(t, site.as(viewer).get(path)) })
			}
		}
	}
	examine(t, site.guest().get("/help"))
}

func TestWhatIsNotThereIsNoPage(t *testing.T) {
	site, _ := newYear(t)
	b := site.as(coordinator)
	for _, path := range []string{"/wheel?year=1", "/wheel?year=abc", "/wheel/NIX/2027", "/wheel/T1/1", "/people/99", "/people/01", "/mail/99", "/mail?before=-1", "/imports/99", "/log?before=x"} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, a.StatusCode)
		}
	}
}

func TestAnEventIsMovedByThePageThatShowsWhatItMoves(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	b.get("/wheel/VOR/2027?date=2027-11-15").wants(t, http.StatusOK, "2027-7.2", "2027-11-08", "Fastställ 2027-11-15")
	if len(h.set) > 0 {
		t.Errorf("looking has set %v", h.set)
	}
	b.post("/wheel/VOR/2027", "date", "2031-01-01").wants(t, http.StatusUnprocessableEntity, "nära 2027")
	a := b.post("/wheel/VOR/2027", "date", "2027-11-15")
	if a.StatusCode != http.StatusSeeOther || len(h.set) != 1 || h.set[0] != "VOR 2027 2027-11-15" {
		t.Errorf("got %d, %v", a.StatusCode, h.set)
	}
}

func TestACalendarIsForWhoHasItsAddress(t *testing.T) {
	site, h := newYear(t)
	h.serial = 4
	signer := site.o.Signer
	right := "/cal/" + signer.CalendarToken(2, 4) + ".ics"
	a := site.guest().get(right)
	a.wants(t, http.StatusOK)
	if got := strings.Count(a.body, "\n"); got != strings.Count(a.body, "\r\n") || got == 0 {
		t.Error("lines do not end in CRLF")
	}
	for line := range strings.SplitSeq(a.body, "\r\n") {
		if len(line) > 75 {
			t.Errorf("the line has %d octets: %s", len(line), line)
		}
		if strings.HasPrefix(line, "BCC:") {
			t.Error("a title has broken out of its line")
		}
	}
	c, err := ics.ParseCalendar(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	var e *ics.VEvent
	for _, x := range c.Events() {
		if x.Id() == "action-42@tertial.stad.example" {
			e = x
		}
		if x.Id() == "action-43@tertial.stad.example" {
			t.Error("an action without a date is in the calendar")
		}
		if len(x.Alarms()) > 0 {
			t.Error("the calendar rings")
		}
	}
	if e == nil {
		t.Fatalf("the action is missing:\n%s", a.body)
	}
	for property, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertySequence: "7", ics.ComponentPropertyTransp: "TRANSPARENT", ics.ComponentPropertyDtStart: "20271231", ics.ComponentPropertyDtEnd: "20280101",
		ics.ComponentPropertySummary: `Klar senast: [2027-7.2] Utbilda; alla, även BCC: nya \ gamla`,
	} {
		if got := e.GetProperty(property); got == nil || got.Value != want {
			t.Errorf("%s: got %+v, want %s", property, got, want)
		}
	}
	if !strings.Contains(a.body, "METHOD:PUBLISH") || !strings.Contains(a.body, "DTSTART;VALUE=DATE:20271231") || !strings.Contains(a.body, "wheel-t1-2027@") {
		t.Errorf("got\n%s", a.body)
	}
	b := site.guest()
	b.header.Set("If-None-Match", a.Header.Get("ETag"))
	if again := b.get(right); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: got %d, want 304", again.StatusCode)
	}
	wrong := []string{signer.CalendarToken(2, 3), signer.CalendarToken(3, 4), signer.CalendarToken(2, 4) + "x", "2-x", "", strings.ToUpper(signer.CalendarToken(2, 4))}
	want := site.guest().get("/cal/nonsense.ics").body
	for _, token := range wrong {
		if a := site.guest().get("/cal/" + token + ".ics"); a.StatusCode != http.StatusNotFound || a.body != want {
			t.Errorf("%q: got %d, and not the one page for all", token, a.StatusCode)
		}
	}
	if strings.Contains(site.log.String(), signer.CalendarToken(2, 4)) {
		t.Error("the log has the secret")
	}
}

func TestANewCalendarAddressEndsTheOld(t *testing.T) {
	site, h := newYear(t)
	v := owner
	b := site.as(v)
	b.get("/calendar").wants(t, http.StatusOK, site.o.Signer.CalendarToken(v.Person.ID, 0))
	b.post("/calendar")
	if h.serial != 1 {
		t.Fatalf("got serial %d", h.serial)
	}
	if a := site.guest().get("/cal/" + site.o.Signer.CalendarToken(v.Person.ID, 0) + ".ics"); a.StatusCode != http.StatusNotFound {
		t.Errorf("the old address: got %d", a.StatusCode)
	}
}

func TestOneAnswerSettlesAGroupOfDates(t *testing.T) {
	for _, tt := range []struct {
		name, answer, date string
		group, status      int
		want               []string
	}{
		{"as read, and what is closed does not stop the rest", "read", "", 1, http.StatusSeeOther, []string{"2027-8.2 2027-02-28 confirmed"}},
		{"another date", "date", "2027-06-30", 1, http.StatusSeeOther, []string{"2027-8.2 2027-06-30 confirmed"}},
		{"no date", "none", "", 1, http.StatusSeeOther, []string{"2027-8.2  confirmed"}},
		{"as read, where nothing was read", "read", "", 0, http.StatusUnprocessableEntity, nil},
		{"a date that is none", "date", "31/6", 1, http.StatusUnprocessableEntity, nil},
		{"no choice", "", "", 1, http.StatusUnprocessableEntity, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site, h := newYear(t)
			a := site.as(coordinator).post("/dates", "group", groupKey(&h.groups[tt.group]), "answer", tt.answer, "date", tt.date)
			if a.StatusCode != tt.status || strings.Join(h.confirm, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %d, %q; want %d, %q", a.StatusCode, h.confirm, tt.status, tt.want)
			}
			if a.StatusCode == http.StatusUnprocessableEntity {
				examine(t, a)
			}
		})
	}
	site, _ := newYear(t)
	if a := site.as(coordinator).post("/dates", "group", "gone", "answer", "none"); a.StatusCode != http.StatusConflict {
		t.Errorf("a group that is gone: got %d, want 409", a.StatusCode)
	}
}

func TestAPersonIsChangedAsThePageShowedThem(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	seen := fingerprintOf(&h.crowd[0])
	edit := func(more ...string) answered {
		return b.post("/people/1", append([]string{"form", "edit", "name", "Östen Å", "email", "osten@stad.example", "manager", "", "deputy", "", "language", "", "frequency", "weekly"}, more...)...)
	}
	if a := edit("seen", "other"); a.StatusCode != http.StatusConflict || h.crowd[0].Name != "Östen Åkerman" {
		t.Errorf("somebody else's change: got %d, %s", a.StatusCode, h.crowd[0].Name)
	}
	if a := edit("seen", seen); a.StatusCode != http.StatusSeeOther || h.crowd[0].Name != "Östen Å" || len(h.crowd[0].Holdings) != 1 {
		t.Errorf("got %d, %+v", a.StatusCode, h.crowd[0])
	}
	seen = fingerprintOf(&h.crowd[0])
	a := b.post("/people/1/absence", "form", "absence", "seen", seen, "away_from", "2027-04-02", "away_to", "2027-04-01")
	a.wants(t, http.StatusUnprocessableEntity, "före den första", "Östen Å")
	examine(t, a)
	b.post("/people/1/roles", "form", "role", "seen", seen, "role", "HR", "from", "2027-04-01", "to", "")
	seen = fingerprintOf(&h.crowd[0])
	b.post("/people/1/roles/end", "seen", seen, "role", "ISAM", "from", "", "last", "2027-03-31")
	if got := h.crowd[0].Holdings; len(got) != 2 || got[0].To != thatDay("2027-03-31") || got[1].Role != "HR" {
		t.Errorf("got %+v", got)
	}
	b.post("/people/new", "name", "X", "email", "ANNA@stad.example", "manager", "", "deputy", "", "role", "", "language", "", "frequency", "daily").wants(t, http.StatusUnprocessableEntity, "redan den adressen")
	b.post("/people/new", "name", "X", "email", "a@b@c", "manager", "", "deputy", "", "role", "", "language", "", "frequency", "daily").wants(t, http.StatusUnprocessableEntity, "Skriv en mejladress")
}

// uploads posts a form with a file.
func (b *browser) uploads(path, name string, content []byte, pairs ...string) answered {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("csrf", b.token)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = m.WriteField(pairs[i], pairs[i+1])
	}
	if name != "" {
		part, _ := m.CreateFormFile("file", name)
		_, _ = part.Write(content)
	}
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example"+path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

const gapTable = "klausul,krav,uppfyllnad,nuläge,åtgärd,ansvarig,prioritet,tid\n7.2,Kompetens,Delvis,Saknas,Ta fram en utbildning.,HR,Hög,Februari\n"

func TestAnImportIsLookedAtThenAppliedThenUndone(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	a := b.uploads("/imports/preview", "gap.csv", []byte(gapTable), "plan_year", "2027", "dated", "2026-11-15", "unit", "")
	a.wants(t, http.StatusOK, "Ta fram en utbildning", "Ingenting är sparat ännu")
	examine(t, a)
	if len(h.stored) > 0 {
		t.Fatal("a preview stored something")
	}
	c, err := carry("gap.csv", []byte(gapTable))
	if err != nil {
		t.Fatal(err)
	}
	rest := []string{"plan_year", "2027", "dated", "2026-11-15", "unit", "", "name", "gap.csv", "sha256", c.SHA256}
	for name, a := range map[string]answered{
		"another file":   b.uploads("/imports", "gap.csv", []byte("x"+gapTable), rest...),
		"no file":        b.uploads("/imports", "", nil, rest...),
		"a damaged one":  b.uploads("/imports", "", nil, append(rest, "packed", "AAAA")...),
		"an unread file": b.uploads("/imports/preview", "x.csv", []byte("\x00\x01"), "plan_year", "2027", "dated", "", "unit", ""),
		"a wrong year":   b.uploads("/imports/preview", "x.csv", []byte(gapTable), "plan_year", "１", "dated", "", "unit", ""),
	} {
		if a.StatusCode != http.StatusUnprocessableEntity || len(h.stored) > 0 {
			t.Errorf("%s: got %d", name, a.StatusCode)
		}
		examine(t, a)
	}
	if a := b.uploads("/imports", "", nil, append(rest, "packed", c.Packed)...); a.StatusCode != http.StatusSeeOther || len(h.stored) != 1 {
		t.Errorf("carried in the page: got %d\n%s", a.StatusCode, a.body)
	}
	if a := b.uploads("/imports", "gap.csv", []byte(gapTable), rest...); a.StatusCode != http.StatusSeeOther || len(h.stored) != 2 {
		t.Errorf("chosen again: got %d", a.StatusCode)
	}
	if a := b.post("/imports/3/undo"); a.StatusCode != http.StatusSeeOther || len(h.undone) != 1 {
		t.Errorf("undone: got %d, %v", a.StatusCode, h.undone)
	}
}

func TestAListOfPeopleIsLookedAtThenApplied(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	list := "name,email,roles\nNy Person,ny@stad.example,HR\nÖsten Åkerman,osten@stad.example,ISAM\n"
	a := b.uploads("/people/import", "lista.csv", []byte(list))
	a.wants(t, http.StatusOK, "läggs till", "oförändrad")
	examine(t, a)
	c, _ := carry("lista.csv", []byte(list))
	if a := b.uploads("/people/import/apply", "", nil, "name", c.Name, "sha256", c.SHA256, "packed", c.Packed); a.StatusCode != http.StatusSeeOther || len(h.crowd) != 4 {
		t.Errorf("got %d, %d people", a.StatusCode, len(h.crowd))
	}
	a = b.uploads("/people/import", "lista.csv", []byte("name,email,roles\nX,a@,HR\n"))
	a.wants(t, http.StatusOK, "gick inte att läsa")
	examine(t, a)
}

func TestALargeFileDoesNotGoAlongWithThePage(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		b.WriteString(time.Unix(int64(i)*7919, 0).UTC().Format(time.RFC3339))
	}
	c, err := carry("x", []byte(b.String()))
	if err != nil || c.Packed != "" || c.SHA256 == "" {
		t.Errorf("got %v, %d packed", err, len(c.Packed))
	}
	small, _ := carry("x", []byte("abc"))
	if got, err := unpack(small.Packed); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAMailIsShownInAFrameThatCanDoNothing(t *testing.T) {
	site, _ := newYear(t)
	b := site.as(auditor)
	a := b.get("/mail/88")
	a.wants(t, http.StatusOK, `sandbox src="/mail/88/html"`, "Hej Anna!", "servern vägrade för gott")
	if got := a.Header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-src 'self'") {
		t.Errorf("got policy %s", got)
	}
	a = b.get("/mail/88/html")
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") || a.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("got policy %s", policy)
	}
	if got := b.get("/mail").Header.Get("Content-Security-Policy"); strings.Contains(got, "frame-src") {
		t.Errorf("the list may have frames: %s", got)
	}
}

func TestMailIsHeldForAReasonAndLetGo(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	examine(t, b.post("/mail/hold", "reason", " "))
	b.post("/mail/hold", "reason", "prov <b>")
	if h.held != "prov <b>" {
		t.Errorf("got %q", h.held)
	}
	b.get("/mail").wants(t, http.StatusOK, "prov &lt;b&gt;", "Släpp fram posten")
	b.post("/mail/release")
	if h.held != "" {
		t.Errorf("got %q", h.held)
	}
}

func TestTheLogSpeaksInWordsAndIsVerifiedOnceAMinute(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	b.get("/log").wants(t, http.StatusOK, "Eva Berg", "Ej påbörjad", "Pågår", "✓ Ett", `href="/actions/2027-7.2"`, "prov &lt;i&gt;", "kommandoraden", "ansvarig: HR, IT", "prioritet: Hög")
	b.get("/log/verify").wants(t, http.StatusOK, "Loggen är hel: 2 rader")
	b.get("/log/verify").wants(t, http.StatusOK, "högst en gång i minuten")
	if h.verified != 1 {
		t.Errorf("the log was gone through %d times", h.verified)
	}
}

func TestATokenIsShownOnceAndKeptByItsHash(t *testing.T) {
	site, h := newYear(t)
	b := site.as(coordinator)
	a := b.post("/settings/tokens", "name", "Ny", "scope", "read:actions", "scope", "read:plan", "days", "30")
	a.wants(t, http.StatusCreated, tokenPrefix)
	_, rest, _ := strings.Cut(a.body, `value="`+tokenPrefix)
	secret, _, _ := strings.Cut(rest, `"`)
	if len(h.hashes) != 1 || h.hashes[0] != hashToken(tokenPrefix+secret) {
		t.Errorf("got hashes %v of %q", h.hashes, secret)
	}
	if strings.Contains(b.get("/settings").body, secret) || strings.Contains(site.log.String(), secret) {
		t.Error("the secret is told again")
	}
	a = b.post("/settings/tokens", "name", "", "scope", "read:all", "days", "30")
	a.wants(t, http.StatusUnprocessableEntity)
	examine(t, a)
	if len(h.hashes) != 1 {
		t.Error("a token was made by a form that is wrong")
	}
	if a := b.post("/settings/tokens/5/revoke"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("got %d", a.StatusCode)
	}
}

func TestNamesAreSortedAsInSwedish(t *testing.T) {
	names := []string{"Östen", "åke", "Zack", "Ärla", "anna"}
	sortByName(names, func(s *string) (string, string) { return *s, "" })
	if got := strings.Join(names, " "); got != "anna Zack åke Ärla Östen" {
		t.Errorf("got %s", got)
	}
}

func TestTheLabelsOfTheRingDoNotCoverEachOther(t *testing.T) {
	_, h := newYear(t)
	for year := 2025; year < 2035; year++ {
		r := drawRing(year, h.wheel.In(year), thatDay("2027-03-24"), make([]wheelMonth, 0))
		for i, a := range r.Marks {
			for _, b := range r.Marks[:i] {
				if gap := a.y - b.y; a.right == b.right && gap < labelStep-0.01 && gap > -labelStep+0.01 {
					t.Errorf("%d: %s and %s are %.1f apart", year, a.Keys, b.Keys, gap)
				}
			}
			if a.y > labelReach+0.01 || a.y < -labelReach-0.01 {
				t.Errorf("%d: %s lies outside", year, a.Keys)
			}
		}
		if (r.Needle != nil) != (year == 2027) {
			t.Errorf("%d: got the needle %v", year, r.Needle)
		}
	}
}
