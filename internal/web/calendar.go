package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tertial/internal/tertial"
)

// calendarPage shows the address of a person's calendar.
type calendarPage struct {
	Address string
	Webcal  string
}

// showCalendar shows the address of the person's own calendar.
func (s *Server) showCalendar(w http.ResponseWriter, r *http.Request, v *visit) error {
	serial, err := s.o.House.CalendarSerial(r.Context(), v.Viewer.Person.ID)
	if err != nil {
		return err
	}
	address := s.o.BaseURL + "/cal/" + s.o.Signer.CalendarToken(v.Viewer.Person.ID, serial) + ".ics"
	_, rest, _ := strings.Cut(address, "://")
	return s.show(w, r, v, http.StatusOK, "calendar", calendarPage{Address: address, Webcal: "webcal://" + rest})
}

// newCalendar ends the old address: whoever had it sees nothing more.
func (s *Server) newCalendar(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := s.o.House.NewCalendar(r.Context(), v.stamp("calendar"), v.Viewer.Person.ID); err != nil {
		return err
	}
	return s.sent(w, r, v, "/calendar", "calendar.renewed")
}

// wheelFile is a year's events as a file to open in a calendar.
func (s *Server) wheelFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	year, err := wheelYear(r.URL.Query().Get("year"), v.Today)
	if err != nil {
		return err
	}
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return err
	}
	f := feed{name: v.T("calendar.wheel", "Year", year), baseURL: s.o.BaseURL, today: v.Today, say: v.T}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="arshjul-%d.ics"`, year))
	w.Header().Set("Content-Type", feedType)
	_, err = w.Write(f.render(nil, wheel.In(year)))
	return err
}

const (
	feedType    = "text/calendar; charset=utf-8"
	feedActions = 1000 // the most in a feed: no calendar shows more
)

// errNoFeed is the one answer to every address that is no feed's: misspelt, ended, or of nobody.
var errNoFeed = fmt.Errorf("%w: there is no such calendar", tertial.ErrNotFound)

// feedTimes remembers since when each person's feed is what it is, for calendars that ask by time. It begins anew with the
// process, and then says so: a feed counts as changed when it is first asked for.
type feedTimes struct {
	mu    sync.Mutex
	since map[int64]feedTime
}

type feedTime struct {
	tag string
	at  time.Time
}

// changed returns since when the person's feed has had the tag.
func (f *feedTimes) changed(person int64, tag string, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since == nil {
		f.since = make(map[int64]feedTime)
	}
	if t, ok := f.since[person]; ok && t.tag == tag {
		return t.at
	}
	f.since[person] = feedTime{tag, now}
	return now
}

// serve answers a calendar that asks for a person's feed.
func (f *feedTimes) serve(s *Server) func(http.ResponseWriter, *http.Request, *visit) error {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		person, err := s.feedPerson(r)
		if err != nil {
			return err
		}
		content, err := s.feedContent(r, v, &person)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		tag := hex.EncodeToString(sum[:16])
		w.Header().Set("ETag", `"`+tag+`"`)
		w.Header().Set("Content-Type", feedType)
		w.Header().Set("Cache-Control", "private, no-cache")
		http.ServeContent(w, r, "", f.changed(person.ID, tag, v.Now), strings.NewReader(string(content)))
		return nil
	}
}

// feedPerson finds whose feed an address is. The same work is done for every address, right or wrong.
func (s *Server) feedPerson(r *http.Request) (tertial.Person, error) {
	token, named := strings.CutSuffix(r.PathValue("file"), ".ics")
	id, parsed := tertial.ParseToken(token)
	serial, err := s.o.House.CalendarSerial(r.Context(), id)
	known := err == nil
	if err != nil && !errors.Is(err, tertial.ErrNotFound) {
		return tertial.Person{}, err
	}
	right := tertial.SameToken(token, s.o.Signer.CalendarToken(id, serial))
	if !named || !parsed || !known || !right {
		return tertial.Person{}, errNoFeed
	}
	person, err := s.o.House.PersonByID(r.Context(), id)
	if errors.Is(err, tertial.ErrNotFound) {
		return tertial.Person{}, errNoFeed
	}
	return person, err
}

// feedContent is what the person has to do, and the events of the year and the next.
func (s *Server) feedContent(r *http.Request, v *visit, person *tertial.Person) ([]byte, error) {
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return nil, err
	}
	var actions []tertial.Action
	q := tertial.ActionQuery{Person: person.ID, Open: true, AsOf: v.Today, Sort: tertial.ByDue}
	for a, err := range s.o.House.EachAction(r.Context(), q) {
		if err != nil {
			return nil, err
		}
		if actions = append(actions, a); len(actions) == feedActions {
			break
		}
	}
	year := v.Today.Year()
	events := append(wheel.In(year), wheel.In(year+1)...)
	lang := cmp.Or(person.Language, s.o.Rules.Language)
	say := func(id string, args ...any) string { return say(s.texts(lang), id, args...) }
	f := feed{name: say("calendar.name"), baseURL: s.o.BaseURL, today: v.Today, say: say}
	return f.render(actions, events), nil
}
