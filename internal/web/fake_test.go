package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

// fakeHouse is a house in memory, as much of one as the pages of the core need. It embeds House: a method that it has not
// panics, and the panic names it. Other areas embed it in fakes of their own.
type fakeHouse struct {
	House

	mu       sync.Mutex
	viewers  map[int64]tertial.Viewer
	sessions map[string]tertial.Session
	signIns  map[int64]tertial.SignIn
	links    map[int64]tertial.LinkFacts
	actions  map[string]tertial.Action
	messages map[int64]tertial.Message
	accounts map[string]int64 // issuer, space, subject
	setUp    string           // the secret, "" once used
	given    []givenAnswer
	stamps   []tertial.Stamp
	fails    error // what every reading of actions and links fails with
}

// givenAnswer is an answer with what it came with.
type givenAnswer struct {
	tertial.Answer
	key   string
	files []tertial.Upload
}

func newFakeHouse() *fakeHouse {
	return &fakeHouse{
		viewers: make(map[int64]tertial.Viewer), sessions: make(map[string]tertial.Session), signIns: make(map[int64]tertial.SignIn),
		links: make(map[int64]tertial.LinkFacts), actions: make(map[string]tertial.Action), messages: make(map[int64]tertial.Message),
		accounts: make(map[string]int64),
	}
}

// The people of the tests.
var ( //nolint:gochecknoglobals // never changed
	owner       = tertial.Viewer{Person: tertial.Person{ID: 11, Name: "Anna Ek", Email: "anna.ek@stad.example"}}
	manager     = tertial.Viewer{Person: tertial.Person{ID: 12, Name: "Per Lind", Email: "per.lind@stad.example"}, Management: true}
	auditor     = tertial.Viewer{Person: tertial.Person{ID: 13, Name: "Rut Rev", Email: "rut.rev@stad.example"}, Auditor: true}
	coordinator = tertial.Viewer{Person: tertial.Person{ID: 14, Name: "Eva Berg", Email: "eva.berg@stad.example"}, Coordinator: true}
)

func (h *fakeHouse) people(viewers ...tertial.Viewer) *fakeHouse {
	for _, v := range viewers {
		h.viewers[v.Person.ID] = v
	}
	return h
}

func (h *fakeHouse) Viewer(_ context.Context, person int64, _ tertial.Date) (tertial.Viewer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.viewers[person]
	if !ok {
		return v, fmt.Errorf("%w: person %d", tertial.ErrNotFound, person)
	}
	return v, nil
}

func (h *fakeHouse) PersonByID(_ context.Context, id int64) (tertial.Person, error) {
	v, err := h.Viewer(context.Background(), id, tertial.Date{})
	return v.Person, err
}

func (h *fakeHouse) Person(_ context.Context, email string) (tertial.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range h.viewers {
		if strings.EqualFold(v.Person.Email, email) {
			return v.Person, nil
		}
	}
	return tertial.Person{}, fmt.Errorf("%w: person", tertial.ErrNotFound)
}

func (h *fakeHouse) SaveSession(_ context.Context, s tertial.Session) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[s.Key] = s
	return nil
}

func (h *fakeHouse) Session(_ context.Context, now time.Time, key string) (tertial.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.sessions[key]
	if !ok || !now.Before(s.Expires.Time) {
		return s, fmt.Errorf("%w: session", tertial.ErrNotFound)
	}
	return s, nil
}

func (h *fakeHouse) EndSession(_ context.Context, key string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, key)
	return nil
}

func (h *fakeHouse) Sessions(_ context.Context, _ time.Time, person int64) ([]tertial.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []tertial.Session
	for _, key := range slices.Sorted(maps.Keys(h.sessions)) {
		if s := h.sessions[key]; s.Person == person {
			all = append(all, s)
		}
	}
	return all, nil
}

// site is a server of a house, with a clock that stands at noon on a Wednesday.
type site struct {
	*Server
	t    *testing.T
	log  *bytes.Buffer
	fake *fakeHouse // whose sessions there are
	now  time.Time
}

var stockholm = func() *time.Location { //nolint:gochecknoglobals // never changed
	loc, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return loc
}()

// testOptions are those of every site; a test may change them before New.
func testOptions(t *testing.T, house House, log *bytes.Buffer) Options {
	t.Helper()
	pages, err := templates.LoadWeb("")
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		House: house, Templates: pages, Signer: tertial.NewSigner([]byte("0123456789abcdef0123456789abcdef")),
		Rules:        tertial.Rules{Zone: stockholm, SendAt: 450, SendUntil: 1080, Coordinator: tertial.Coordinator, Language: "sv"},
		Clock:        func() time.Time { return time.Date(2027, 3, 24, 12, 0, 0, 0, stockholm) },
		BaseURL:      "https://tertial.stad.example",
		Organisation: "Stadsmiljö", Version: "1.0", Coordinator: "ISAM", ManagementRole: "Ledning", AuditorRole: "Revisor",
		Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// newSite makes a server of a house. fake is the fakeHouse within it, which has the sessions.
func newSite(t *testing.T, house House, fake *fakeHouse) *site {
	t.Helper()
	var log bytes.Buffer
	o := testOptions(t, house, &log)
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.pause = 0
	return &site{Server: s, t: t, log: &log, fake: fake, now: o.Clock()}
}

// browser keeps cookies and follows nothing.
type browser struct {
	site    *site
	cookies map[string]string
	token   string
	lang    string
	remote  string
	header  http.Header // more of every request
}

// guest is a browser that nobody has signed in with.
func (s *site) guest() *browser {
	return &browser{site: s, cookies: make(map[string]string), lang: "sv", remote: "192.0.2.7:4000", header: make(http.Header)}
}

// as is a browser that a viewer has signed in with.
func (s *site) as(v tertial.Viewer) *browser {
	s.t.Helper()
	b := s.guest()
	s.fake.mu.Lock()
	s.fake.viewers[v.Person.ID] = v
	s.fake.mu.Unlock()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example/signin", nil)
	s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.begin(r, v.Person.ID); err != nil {
			s.t.Fatal(err)
		}
		b.token = s.sessions.GetString(r.Context(), sessionToken)
	})).ServeHTTP(w, r)
	b.keep(w.Result())
	return b
}

func (b *browser) keep(res *http.Response) {
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
}

// answered is what came back.
type answered struct {
	*http.Response
	body string
}

func (b *browser) do(r *http.Request) answered {
	b.site.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if r.Header.Get("Accept-Language") == "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	r.RemoteAddr = b.remote
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	res := w.Result()
	b.keep(res)
	return answered{res, w.Body.String()}
}

func (b *browser) get(path string) answered {
	b.site.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, "https://tertial.stad.example"+path, nil))
}

// post sends a form with pairs of names and values, and the token of the session where there is one.
func (b *browser) post(path string, pairs ...string) answered {
	b.site.t.Helper()
	values := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	if b.token != "" && !values.Has("csrf") {
		values.Set("csrf", b.token)
	}
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example"+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// wants holds an answer to a status and to words that are in it.
func (a answered) wants(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("got status %d, want %d; the page says:\n%s", a.StatusCode, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("the page has no %q:\n%s", w, a.body)
		}
	}
}
