package web

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"tertial/internal/tertial"
)

// How long a session lives: without being used, and at most. Seen is written down once a minute at most, so that looking
// at pages does not write.
const (
	sessionIdle  = 30 * time.Minute
	sessionLife  = 12 * time.Hour
	sessionGrain = time.Minute
)

// What a session holds.
const (
	sessionPerson  = "person"
	sessionToken   = "token"
	sessionFlash   = "flash"
	sessionAgent   = "agent"
	sessionCreated = "created" // Unix seconds
)

func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Store = &sessionStore{house: s.o.House, codec: m.Codec, clock: time.Now}
	m.Cookie.Name, m.Cookie.Secure = "__Host-tertial", true
	if s.o.Insecure {
		m.Cookie.Name, m.Cookie.Secure = "tertial", false
	}
	m.Cookie.Persist = false // it ends with the browser, whatever the server still allows
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.fail(w, r, nil, err) }
	return m
}

// sessionStore keeps the sessions of scs in the house: by the hash of what the browser has, and with their idle time.
type sessionStore struct {
	house Access
	codec scs.Codec
	clock func() time.Time
}

// FindCtx returns what a session holds, unless it has ended or lain idle for too long.
func (st *sessionStore) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	now := st.clock()
	session, err := st.house.Session(ctx, now, key)
	switch {
	case errors.Is(err, tertial.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case now.Sub(session.Seen.Time) > sessionIdle || !now.Before(session.Expires.Time):
		return nil, false, st.house.EndSession(ctx, key)
	case now.Sub(session.Seen.Time) >= sessionGrain:
		session.Seen = tertial.Instant{Time: now.UTC()}
		if err := st.house.SaveSession(ctx, session); err != nil {
			return nil, false, err
		}
	}
	return session.Data, true, nil
}

// CommitCtx keeps what a session holds until it expires.
func (st *sessionStore) CommitCtx(ctx context.Context, key string, data []byte, expiry time.Time) error {
	_, values, err := st.codec.Decode(data)
	if err != nil {
		return err
	}
	session := tertial.Session{Key: key, Data: data, Seen: tertial.Instant{Time: st.clock().UTC()}, Expires: tertial.Instant{Time: expiry.UTC()}}
	session.Person, _ = values[sessionPerson].(int64)
	session.Agent, _ = values[sessionAgent].(string)
	created, _ := values[sessionCreated].(int64)
	session.Created = tertial.Instant{Time: time.Unix(created, 0).UTC()}
	if session.Person == 0 { // nobody is signed in: there is nothing to keep
		return nil
	}
	return st.house.SaveSession(ctx, session)
}

// DeleteCtx ends a session.
func (st *sessionStore) DeleteCtx(ctx context.Context, key string) error {
	return st.house.EndSession(ctx, key)
}

// Find, Commit and Delete are never called: scs prefers those above, which know the request.
func (st *sessionStore) Find(key string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), key)
}

// Commit is like Find.
func (st *sessionStore) Commit(key string, data []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), key, data, expiry)
}

// Delete is like Find.
func (st *sessionStore) Delete(key string) error { return st.DeleteCtx(context.Background(), key) }

// begin signs a person in: under a new key, whatever the browser had before.
func (s *Server) begin(r *http.Request, person int64) error {
	ctx := r.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	s.sessions.SetDeadline(ctx, time.Now().Add(sessionLife))
	s.sessions.Put(ctx, sessionPerson, person)
	s.sessions.Put(ctx, sessionToken, rand.Text())
	s.sessions.Put(ctx, sessionAgent, agent(r.UserAgent()))
	s.sessions.Put(ctx, sessionCreated, time.Now().Unix())
	s.o.Log.LogAttrs(ctx, slog.LevelInfo, "signed in", slog.Int64("person", person), slog.String("request", requestID(ctx)))
	return nil
}

// agent says in two words what browser asks: "Firefox, Linux". Nothing else of what it says of itself is kept.
func agent(ua string) string {
	browser, system := "", ""
	for _, b := range [...][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(ua, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, o := range [...][2]string{{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}} {
		if strings.Contains(ua, o[0]) {
			system = o[1]
			break
		}
	}
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}
