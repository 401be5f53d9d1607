package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

const (
	// stale is how long the daemon may go without a look before it counts as stuck.
	stale = 15 * time.Minute
	// overdueMail is how long a message may be due, while mail may go and is not held, before sending counts as stuck.
	overdueMail = 30 * time.Minute
	// answerLasts is how long an answer of the database serves further probes: no number of them is a burden to it.
	answerLasts = time.Second
)

// readiness is what /readyz answers. Held is an alarm, but the daemon is at work.
type readiness struct {
	Ready    bool   `json:"ready"`
	Database string `json:"database"` // ok, or unreachable
	Tick     int    `json:"last_tick_seconds"`
	Held     string `json:"held"` // why nothing is sent, "" where mail goes
	// OldestDue is for how long a message has been due that may go; 0 where none is.
	OldestDue int `json:"oldest_due_seconds"`
	// Alarms are what a person should look at, whether or not the daemon is ready: held, oldest_due, last_tick, database.
	Alarms []string `json:"alarms"`
}

// healthPages answers /healthz (the process lives) and /readyz (it can do its work).
func (h *house) healthPages(age func() time.Duration) http.Handler {
	p := &probe{ask: h.outlook}
	clock := h.clock()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		state := judged(p.answer(r.Context(), clock()), age())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !state.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(state)
	})
	return mux
}

// clock shows the house's now, and runs on with the computer's, through a sleep of it too: the
// time of a rehearsal, or else the time.
func (h *house) clock() func() time.Time {
	begun := time.Now().Round(0)
	return func() time.Time { return h.now.Add(time.Now().Round(0).Sub(begun)) }
}

// outlook is what the database says of the sending of mail.
type outlook struct {
	held string
	due  time.Duration // for how long the oldest message has been due that may go
	err  error
}

// outlook asks the database, within two seconds.
func (h *house) outlook(ctx context.Context, now time.Time) outlook {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	reason, _, err := h.store.Held(ctx) // reads a table of the schema
	if err != nil {
		return outlook{err: err}
	}
	since, err := h.oldestDue(ctx, now)
	o := outlook{held: reason, err: err}
	if !since.IsZero() {
		o.due = now.Sub(since)
	}
	return o
}

// probe keeps the last answer for a moment, and has one asker at a time: the others wait for its answer.
type probe struct {
	ask func(context.Context, time.Time) outlook

	mu    sync.Mutex
	last  outlook
	until time.Time // of the real clock
}

func (p *probe) answer(ctx context.Context, now time.Time) outlook {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.last
	}
	p.last = p.ask(context.WithoutCancel(ctx), now) // also for those who wait
	p.until = time.Now().Add(answerLasts)
	return p.last
}

// judged says whether the daemon can do its work, and what is wrong.
func judged(o outlook, age time.Duration) readiness {
	state := readiness{Database: "ok", Tick: int(age.Seconds()), Held: o.held, OldestDue: int(o.due.Seconds()), Alarms: []string{}}
	alarm := func(what string) { state.Alarms = append(state.Alarms, what) }
	if o.err != nil {
		state.Database = "unreachable"
		alarm("database")
	}
	if age >= stale {
		alarm("last_tick")
	}
	if o.held == "" && o.due > overdueMail {
		alarm("oldest_due")
	}
	if state.Ready = len(state.Alarms) == 0; o.held != "" {
		alarm("held")
	}
	return state
}

// newServer has every time-out that a server on a network needs.
func newServer(pages http.Handler) *http.Server {
	return &http.Server{
		Handler:           pages,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
