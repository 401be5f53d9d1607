package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// contentPolicy lets a page have nothing but our own style sheets and pictures, and send forms to us alone.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

// framePolicy is contentPolicy for a page with a frame of our own.
const framePolicy = contentPolicy + "; frame-src 'self'"

type requestKey struct{}

// requestID returns the number that the log has of a request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// recorder remembers what was answered, for the log.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	err     error
	pattern string
	person  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach what lies below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recording finds the recorder below what others have laid over it.
func recording(w http.ResponseWriter) *recorder {
	for w != nil {
		if rec, ok := w.(*recorder); ok {
			return rec
		}
		below, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = below.Unwrap()
	}
	return nil
}

// note keeps an error for the log; what was our own fault is told with all its words.
func note(w http.ResponseWriter, _ int, err error) {
	if rec := recording(w); rec != nil {
		rec.err = err
	}
}

// guard stands before everything: the number of the request, the headers that every answer has, panics, and the log. The log has
// the pattern of the route and never the address itself, which may hold a secret.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := rand.Text()[:12]
		rec := &recorder{ResponseWriter: w}
		s.headers(rec.Header(), id)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.o.Log.Error("a page panicked", "request", id, "pattern", rec.pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.fail(rec, r, nil, fmt.Errorf("panic in %s", rec.pattern))
				}
			}
			s.record(r, rec, id, time.Since(began))
		}()
		if len(r.URL.Path)+len(r.URL.RawQuery) > 8<<10 {
			s.fail(rec, r, nil, errNoPage)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// headers are those of every answer; a handler may set others in their place.
func (s *Server) headers(h http.Header, id string) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", id)
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// record writes a request into the log: what changes something and what fails by name, the rest where somebody looks for it.
func (s *Server) record(r *http.Request, rec *recorder, id string, took time.Duration) {
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.String("request", id), slog.String("pattern", rec.pattern), slog.String("method", method(r.Method)), slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if rec.person != 0 {
		attrs = append(attrs, slog.Int64("person", rec.person))
	}
	switch {
	case rec.status >= 500:
		level = slog.LevelError
		if rec.err != nil {
			attrs = append(attrs, slog.String("error", rec.err.Error()))
		}
	case r.Method != http.MethodGet && r.Method != http.MethodHead || rec.status >= 400:
		level = slog.LevelInfo
	}
	s.o.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// method is a request's method where it is one that there is: the log takes no words from outside.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return m
	}
	return "other"
}

// dispatch finds the route of a request.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if rec := recording(w); rec != nil {
		rec.pattern = pattern
	}
	if pattern == "" {
		s.unmatched(w, r, h)
		return
	}
	s.mux.ServeHTTP(w, r) // again, so that the parts of the path are known
}

// handle makes a handler of a route: who asks, whether they may, and whether the form is one of ours.
func (s *Server) handle(rt route) http.Handler {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rt.may == byLink {
			secretPage(w)
		}
		v, err := s.visit(r, rt.may)
		if err != nil {
			s.fail(w, r, nil, err)
			return
		}
		if rec := recording(w); rec != nil {
			rec.person = v.Viewer.Person.ID
		}
		if !rt.may.allows(v) {
			s.refuse(w, r, v)
			return
		}
		if rt.admit != nil {
			if err := rt.admit(r, v); err != nil {
				s.fail(w, r, v, err)
				return
			}
		}
		if r.Method == http.MethodPost {
			if err := s.cross.Check(r); err != nil {
				s.fail(w, r, v, errForgery)
				return
			}
			var f form
			if r, f, err = s.withForm(w, r, &rt); err != nil {
				s.fail(w, r, v, err)
				return
			}
			if v.SignedIn && !tertial.SameToken(f.raw("csrf"), v.Token) {
				s.fail(w, r, v, errForgery)
				return
			}
		}
		if err := rt.serve(w, r, v); err != nil {
			s.fail(w, r, v, err)
		}
	})
	if rt.may == byLink {
		return h
	}
	return s.sessions.LoadAndSave(h)
}

// client returns the address of who asks: the last one that no proxy of ours has put there.
func (s *Server) client(r *http.Request) netip.Addr {
	addr := peer(r.RemoteAddr)
	if !s.trusts(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
		if !s.trusts(addr) {
			break
		}
	}
	return addr
}

func (s *Server) trusts(addr netip.Addr) bool {
	for _, p := range s.o.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func peer(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap().WithZone("")
}
