package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// stale is how long the daemon may go without a look before it counts as stuck.
const stale = 15 * time.Minute

// readiness is what /readyz answers. Held is an alarm, but the daemon is at work.
type readiness struct {
	Ready    bool   `json:"ready"`
	Database string `json:"database"` // ok, or unreachable
	Tick     int    `json:"last_tick_seconds"`
	Held     string `json:"held"` // why nothing is sent, "" where mail goes
}

// healthPages answers /healthz (the process lives) and /readyz (it can do its work).
func (h *house) healthPages(age func() time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		state := h.readiness(r.Context(), age())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !state.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(state)
	})
	return mux
}

// readiness asks the database, within two seconds.
func (h *house) readiness(ctx context.Context, age time.Duration) readiness {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	state := readiness{Database: "ok", Tick: int(age.Seconds())}
	reason, held, err := h.store.Held(ctx) // reads a table of the schema
	if err != nil {
		state.Database = "unreachable"
	} else if held {
		state.Held = reason
	}
	state.Ready = err == nil && age < stale
	return state
}

// newServer has every time-out that a server on a network needs.
func newServer(pages http.Handler) *http.Server {
	return &http.Server{
		Handler:           http.MaxBytesHandler(pages, 1<<20),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
