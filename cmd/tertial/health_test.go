package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// P47.
func TestWhatMakesTheDaemonUnready(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      outlook
		age    time.Duration
		ready  bool
		alarms []string
	}{
		{"P47 all is well", outlook{}, time.Minute, true, nil},
		{"P47 the database does not answer", outlook{err: errors.New("gone")}, 0, false, []string{"database"}},
		{"P47 no tick for fifteen minutes", outlook{}, 15 * time.Minute, false, []string{"last_tick"}},
		{"P47 a message due for half an hour", outlook{due: 30 * time.Minute}, 0, true, nil},
		{"P47 a message due for longer", outlook{due: 30*time.Minute + time.Second}, 0, false, []string{"oldest_due"}},
		{"P47 held, which is an alarm and no fault of the daemon", outlook{held: "flytt", due: time.Hour}, 0, true, []string{"held"}},
		{"P47 held, and no tick", outlook{held: "flytt"}, time.Hour, false, []string{"last_tick", "held"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := judged(tt.o, tt.age)
			if got.Ready != tt.ready || !slices.Equal(got.Alarms, tt.alarms) || got.Held != tt.o.held {
				t.Errorf("got %+v, want ready=%t %v", got, tt.ready, tt.alarms)
			}
			if b, err := json.Marshal(got); err != nil || slices.Contains(b, 0) || got.Alarms == nil {
				t.Errorf("got %s, %v", b, err)
			}
		})
	}
}

func TestProbesDoNotStormTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked int
		p := &probe{ask: func(context.Context, time.Time) outlook { asked++; return outlook{held: "flytt"} }}
		storm := func() {
			gone, cancel := context.WithCancel(t.Context())
			cancel() // who asked first has hung up
			var probes sync.WaitGroup
			for range 1000 {
				probes.Go(func() {
					if got := p.answer(gone, time.Now()); got.held != "flytt" {
						t.Errorf("got %+v", got)
					}
				})
			}
			probes.Wait()
		}
		storm()
		if asked != 1 {
			t.Errorf("P47 a thousand probes at once asked the database %d times", asked)
		}
		time.Sleep(answerLasts)
		storm()
		if asked != 2 {
			t.Errorf("P47 a second later: it was asked %d times in all, want 2", asked)
		}
	})
}

// inHouse opens the desk's house as of an instant.
func (d *desk) inHouse(at string, work func(*house)) {
	d.t.Helper()
	i, err := parseInstant(at)
	if err != nil {
		d.t.Fatal(err)
	}
	p := &program{env: d.env, err: io.Discard, clock: time.Now}
	if err := p.house(d.t.Context(), asOf{i}, func(h *house) error { work(h); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

func TestAMessageIsDueFromWhenItMayGo(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply")
	d.types("person import people.csv --as-of 2026-11-16T12:00")
	due := func(at string) (due time.Duration) {
		d.inHouse(at, func(h *house) {
			o := h.outlook(t.Context(), h.now)
			if o.err != nil {
				t.Fatal(o.err)
			}
			due = o.due
		})
		return due
	}
	if got := due("2026-11-17T08:30"); got != 0 {
		t.Errorf("with nothing queued: got %v", got)
	}
	d.types("run remind --as-of 2026-11-17T07:30")
	for _, tt := range []struct {
		name, at string
		want     time.Duration
	}{
		{"at once", "2026-11-17T07:30", 0},
		{"a minute later", "2026-11-17T07:31", time.Minute},
		{"an hour later", "2026-11-17T08:30", time.Hour},
		{"in the evening nothing may go", "2026-11-17T18:00", 0},
		{"nor on a Sunday", "2026-11-22T12:00", 0},
		{"the next day it counts from when mail may go", "2026-11-18T07:35", 5 * time.Minute},
	} {
		if got := due(tt.at); got != tt.want {
			t.Errorf("P47 %s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	d.inHouse("2026-11-17T08:30", func(h *house) {
		for age, want := range map[time.Duration]int{time.Minute: 503, time.Hour: 503} {
			w := httptest.NewRecorder()
			h.healthPages(func() time.Duration { return age }).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
			var state readiness
			if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || w.Code != want || state.OldestDue < 3600 || !slices.Contains(state.Alarms, "oldest_due") {
				t.Errorf("P47 got %d %s", w.Code, w.Body)
			}
		}
	})
	d.types("mail hold --reason flytt --as-of 2026-11-17T08:31")
	d.inHouse("2026-11-17T08:32", func(h *house) {
		w := httptest.NewRecorder()
		h.healthPages(func() time.Duration { return 0 }).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		var state readiness
		if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || w.Code != 200 || !state.Ready || !slices.Contains(state.Alarms, "held") {
			t.Errorf("held: got %d %s", w.Code, w.Body)
		}
	})
}
