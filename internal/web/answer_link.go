package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"tertial/internal/tertial"
)

// link is what a link in a mail leads to, once it is proven.
type link struct {
	token string
	tertial.AnswerLink
	facts tertial.LinkFacts
}

// linkPause is how long the answer to a link takes that leads nowhere, whatever is wrong with it.
const linkPause = 60 * time.Millisecond

// admitAnswer lets in who has a link to answer by. Every token that does not lead there is answered alike.
func (s *Server) admitAnswer(r *http.Request, v *visit) error {
	return s.admitLink(r, v, func(l *link) bool {
		if l.facts.Answer != 0 || l.facts.Person.ID == 0 || !s.o.Signer.IsAnswer(l.token, l.AnswerLink) {
			return false
		}
		return len(l.items()) > 0
	})
}

// admitHandOver lets in who has been asked to take an action over. Somebody whom nobody knew when the mail was made is person 0 in
// its link, and has another number once they have said yes.
func (s *Server) admitHandOver(r *http.Request, v *visit) error {
	return s.admitLink(r, v, func(l *link) bool {
		known := s.o.Signer.IsAnswer(l.token, l.AnswerLink)
		l.AnswerLink.Person = 0
		unknown := s.o.Signer.IsAnswer(l.token, l.AnswerLink)
		return l.facts.Answer != 0 && l.Action == 0 && (known || unknown)
	})
}

func (s *Server) admitLink(r *http.Request, v *visit, good func(*link) bool) error {
	began := time.Now()
	token := r.PathValue("token")
	from := network(s.client(r))
	parsed, shaped := tertial.ParseAnswer(token)
	if !shaped {
		parsed = tertial.AnswerLink{}
		if s.limits.links.spent(from, v.Now) {
			return errTooMany
		}
	}
	facts, err := s.o.House.LinkFacts(r.Context(), parsed.Message)
	if err != nil && !errors.Is(err, tertial.ErrNotFound) {
		return err
	}
	parsed.Person = facts.Person.ID
	l := &link{token: token, AnswerLink: parsed, facts: facts}
	if err != nil || !shaped || !good(l) || parsed.Expires.Before(v.Today) {
		allowed := s.limits.links.take(from, v.Now)
		if s.pause > 0 {
			wait(r.Context(), linkPause-time.Since(began))
		}
		if !allowed {
			return errTooMany
		}
		return errLink
	}
	v.link = l
	s.speak(v, facts.Person.Language)
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// items are the actions that the link is about.
func (l *link) items() []tertial.Item {
	if l.Action == 0 {
		return l.facts.Items
	}
	for _, item := range l.facts.Items {
		if item.ActionID == l.Action {
			return []tertial.Item{item}
		}
	}
	return nil
}

// item returns the action of a number, where the link is about it.
func (l *link) item(action int64) (tertial.Item, bool) {
	for _, item := range l.items() {
		if item.ActionID == action {
			return item, true
		}
	}
	return tertial.Item{}, false
}

// path is the address below the link's.
func (l *link) path() string { return "/a/" + l.token }

// formNonce is what a page puts into its form, so that the form can be sent twice and counts once.
func formNonce() string { return rand.Text() }

// answerKey is the key of an answer: of who may give it (a token, or a person), of the form that it was given in, and of its action.
func answerKey(by, nonce, ref string) string {
	sum := sha256.Sum256([]byte("answer\x00" + by + "\x00" + nonce + "\x00" + ref))
	return hex.EncodeToString(sum[:])
}
