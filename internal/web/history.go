package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// logShown is how many entries of the log a page has.
const logShown = 50

// logPage is the log, the newest first.
type logPage struct {
	Entries []logRow
	Subject string
	Older   int64 // the number below which the next page begins, 0 where there is none
	Newest  bool
	Checked *logChecked
}

// logRow is an entry in words.
type logRow struct {
	tertial.Entry
	Who, What   string
	About, Link string
	Changes     []logChange
}

// showLog lists the log, of one subject where the address names one.
func (s *Server) showLog(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.logPage(r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "log", page)
}

func (s *Server) logPage(r *http.Request, v *visit) (*logPage, error) {
	query := r.URL.Query()
	before, err := optionalNumber(query, "before")
	if err != nil {
		return nil, err
	}
	page := &logPage{Subject: logSubject(query.Get("subject")), Newest: before == 0}
	entries, err := s.o.House.LogPage(r.Context(), page.Subject, before, logShown+1)
	if err != nil {
		return nil, err
	}
	if len(entries) > logShown {
		entries = entries[:logShown]
		page.Older = entries[logShown-1].Seq
	}
	names, err := s.authors(r, entries)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		page.Entries = append(page.Entries, newLogRow(v, &entries[i], names))
	}
	return page, nil
}

// logSubject reads what somebody looks for: a reference alone is an action's.
func logSubject(text string) string {
	subject := gap.Clean(cutText(text, 120))
	if subject != "" && !strings.Contains(subject, " ") && subject != "mail" && subject != "rules" {
		return "action " + subject
	}
	return subject
}

// authors names the people who have written the entries, each asked for once.
func (s *Server) authors(r *http.Request, entries []tertial.Entry) (map[string]string, error) {
	names := make(map[string]string)
	for i := range entries {
		by := entries[i].By
		number, ok := strings.CutPrefix(by, "person:")
		if _, known := names[by]; known || !ok {
			continue
		}
		names[by] = by
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		switch x, err := s.o.House.PersonByID(r.Context(), id); {
		case err == nil:
			names[by] = x.Name
		case !errors.Is(err, tertial.ErrNotFound):
			return nil, err
		}
	}
	return names, nil
}

// verifyEvery is how often the log is gone through for people who ask, at most: it reads all of it.
const verifyEvery = time.Minute

// logChecker goes through the log for people who ask, one at a time and no more than once a minute.
type logChecker struct {
	mu   sync.Mutex
	last logChecked
}

// logChecked is what came of it.
type logChecked struct {
	At       tertial.Instant
	Entries  int64
	FirstBad int64 // 0 where the log is whole
	Again    bool  // it was asked for again so soon that this is what came of it before
}

func (c *logChecker) check(r *http.Request, house Reading, now time.Time) (logChecked, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := now.Sub(c.last.At.Time); !c.last.At.IsZero() && since >= 0 && since < verifyEvery {
		again := c.last
		again.Again = true
		return again, nil
	}
	entries, bad, err := house.VerifyLog(r.Context())
	if err != nil {
		return logChecked{}, fmt.Errorf("going through the log: %w", err)
	}
	c.last = logChecked{At: tertial.Instant{Time: now}, Entries: entries, FirstBad: bad}
	return c.last, nil
}

// serve shows the log with what came of going through it.
func (c *logChecker) serve(s *Server) func(http.ResponseWriter, *http.Request, *visit) error {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		checked, err := c.check(r, s.o.House, v.Now)
		if err != nil {
			return err
		}
		page, err := s.logPage(r, v)
		if err != nil {
			return err
		}
		page.Checked = &checked
		return s.show(w, r, v, http.StatusOK, "log", page)
	}
}
