package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// What the fake house knows of answers: as much as the pages see of the store's rules.

func (h *fakeHouse) LinkFacts(_ context.Context, message int64) (tertial.LinkFacts, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fails != nil {
		return tertial.LinkFacts{}, h.fails
	}
	f, ok := h.links[message]
	if !ok {
		return f, fmt.Errorf("%w: there is no such mail", tertial.ErrNotFound)
	}
	if f.Answer != 0 {
		if a := h.given[f.Answer-1]; a.Decision != tertial.Undecided || !a.Undone.IsZero() {
			f.Items = nil
		}
		for _, v := range h.viewers {
			if strings.EqualFold(v.Person.Email, f.Person.Email) {
				f.Person = v.Person
			}
		}
	}
	return f, nil
}

func (h *fakeHouse) MayAnswer(_ context.Context, ref string, person int64, _ tertial.Date) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.actions[ref]
	if !ok {
		return false, tertial.ErrNotFound
	}
	v := h.viewers[person]
	return len(a.Responsible) > 0 && a.Responsible[0] == v.Person.Name, nil
}

func (h *fakeHouse) Action(_ context.Context, ref string) (tertial.Action, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.actions[ref]
	if !ok {
		return a, tertial.ErrNotFound
	}
	return a, nil
}

func (h *fakeHouse) QueryActions(_ context.Context, q tertial.ActionQuery) (tertial.ActionPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var p tertial.ActionPage
	for _, a := range h.actions {
		if q.Person == 0 || len(a.Responsible) > 0 && a.Responsible[0] == h.viewers[q.Person].Person.Name {
			p.Actions = append(p.Actions, a)
		}
	}
	p.Total = len(p.Actions)
	return p, nil
}

func (h *fakeHouse) WaitingAnswers(context.Context) ([]tertial.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []tertial.Answer
	for _, g := range h.given {
		if g.Kind.Decided() && g.Decision == tertial.Undecided && g.Undone.IsZero() {
			all = append(all, g.Answer)
		}
	}
	return all, nil
}

func (h *fakeHouse) GiveAnswer(_ context.Context, stamp tertial.Stamp, key string, a tertial.Answer, files []tertial.Upload) (tertial.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fails != nil {
		return a, h.fails
	}
	for _, g := range h.given {
		if g.key == key {
			return g.Answer, nil
		}
	}
	a.Evidence = make([]tertial.Evidence, len(files))
	for i, f := range files {
		if strings.HasSuffix(f.Name, ".exe") {
			return a, fmt.Errorf("%w: files: %s is not taken", tertial.ErrInvalid, f.Name)
		}
		a.Evidence[i] = tertial.Evidence{Name: f.Name, Size: int64(len(f.Content))}
	}
	action := h.actions[a.Ref]
	if err := a.Check(&action, tertial.DateIn(stamp.At, stockholm)); err != nil {
		return a, err
	}
	if a.Kind == tertial.AnswerHandOver && !strings.HasSuffix(a.To, "@stad.example") {
		return a, fmt.Errorf("%w: to: an action can be handed over to addresses of this organisation only", tertial.ErrInvalid)
	}
	a.ID, a.At, a.Title, a.Person = int64(len(h.given)+1), tertial.Instant{Time: stamp.At}, action.Title, h.viewers[a.PersonID].Person.Name
	h.given = append(h.given, givenAnswer{a, key, files})
	h.stamps = append(h.stamps, stamp)
	return a, nil
}

func (h *fakeHouse) Answer(_ context.Context, id int64) (tertial.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id < 1 || id > int64(len(h.given)) {
		return tertial.Answer{}, tertial.ErrNotFound
	}
	return h.given[id-1].Answer, nil
}

func (h *fakeHouse) UndoAnswer(_ context.Context, stamp tertial.Stamp, id, person int64) (tertial.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &h.given[id-1].Answer
	switch {
	case a.PersonID != person:
		return *a, tertial.ErrNotFound
	case stamp.At.Sub(a.At.Time) > 10*time.Minute:
		return *a, fmt.Errorf("%w: too late", tertial.ErrRefused)
	}
	a.Undone = tertial.Instant{Time: stamp.At}
	return *a, nil
}

func (h *fakeHouse) DecideAnswer(_ context.Context, stamp tertial.Stamp, id int64, d tertial.Decision, why string) (tertial.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &h.given[id-1].Answer
	a.Decision, a.DecidedBy, a.DecidedWhy, a.DecidedAt = d, stamp.By, why, tertial.Instant{Time: stamp.At}
	if d == tertial.Agreed && a.Kind == tertial.AnswerHandOver {
		if _, known := h.byEmail(a.To); !known {
			h.viewers[99] = tertial.Viewer{Person: tertial.Person{ID: 99, Name: "Ny", Email: a.To}}
		}
	}
	return *a, nil
}

func (h *fakeHouse) byEmail(email string) (tertial.Person, bool) {
	for _, v := range h.viewers {
		if strings.EqualFold(v.Person.Email, email) {
			return v.Person, true
		}
	}
	return tertial.Person{}, false
}

var day = tertial.DateOf(2027, time.March, 31) // of the actions of the tests

// someActions gives the house three actions of Anna's, and the mail 88 that told her of them.
func (h *fakeHouse) someActions() *fakeHouse {
	h.people(owner)
	f := tertial.LinkFacts{Message: 88, Person: owner.Person, Day: tertial.DateOf(2027, time.March, 24)}
	for i, ref := range []string{"2027-7.2", "2027-8.2", "2027-A.5.18"} {
		a := tertial.Action{
			ID: int64(42 + i), Ref: ref, Title: "Rutin " + ref, Description: "hemlig iakttagelse", Status: tertial.Open, Responsible: []string{owner.Person.Name},
			Clauses: []string{strings.TrimPrefix(ref, "2027-")}, Timing: tertial.Timing{Due: day.AddDays(20 * i)}, Steps: []tertial.Step{{Title: "ett", Done: true}, {Title: "två"}},
		}
		h.actions[ref] = a
		f.Items = append(f.Items, tertial.Item{
			Ref: ref, ActionID: a.ID, Title: a.Title, Due: a.Timing.Due, Status: a.Status, Kind: tertial.Upcoming, Steps: 2, StepsDone: 1, Clauses: a.Clauses, Description: a.Description,
		})
	}
	h.links[88] = f
	return h
}

// token is that of Anna's link for an action, 0 for all.
func (s *site) token(action int64) string {
	return s.o.Signer.Answer(tertial.AnswerLink{Message: 88, Person: owner.Person.ID, Action: action, Expires: day.AddDays(60)})
}

// field finds what a page has in a hidden field.
func (a answered) field(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(a.body, `name="`+name+`" value="`)
	value, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		t.Fatalf("the page has no field %s:\n%s", name, a.body)
	}
	return value
}

func (h *fakeHouse) AskSignIn(_ context.Context, stamp tertial.Stamp, email, agent string) (tertial.SignIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.byEmail(email)
	if !ok {
		return tertial.SignIn{}, nil
	}
	in := tertial.SignIn{
		ID: int64(len(h.signIns) + 1), Person: p.ID, Agent: agent, Asked: tertial.Instant{Time: stamp.At},
		Expires: tertial.Instant{Time: stamp.At.Add(tertial.SignInMinutes * time.Minute)},
	}
	h.signIns[in.ID] = in
	return in, nil
}

func (h *fakeHouse) SignIn(_ context.Context, id int64) (tertial.SignIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	in, ok := h.signIns[id]
	if !ok {
		return in, tertial.ErrNotFound
	}
	return in, nil
}

func (h *fakeHouse) SpendSignIn(_ context.Context, stamp tertial.Stamp, id int64) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	in := h.signIns[id]
	if !in.Good(stamp.At) {
		return false, nil
	}
	in.Spent = tertial.Instant{Time: stamp.At}
	h.signIns[id] = in
	return true, nil
}

func (h *fakeHouse) MissSignIn(_ context.Context, _ time.Time, id int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	in := h.signIns[id]
	in.Tries++
	h.signIns[id] = in
	return nil
}

func (h *fakeHouse) OpenSignIns(_ context.Context, now time.Time, email string) ([]tertial.SignIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, _ := h.byEmail(email)
	var open []tertial.SignIn
	for _, in := range h.signIns {
		if in.Person == p.ID && in.Good(now) {
			open = append(open, in)
		}
	}
	return open, nil
}

func (h *fakeHouse) LinkedPerson(_ context.Context, issuer, subject string) (tertial.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id, ok := h.accounts[issuer+" "+subject]
	if !ok {
		return tertial.Person{}, tertial.ErrNotFound
	}
	return h.viewers[id].Person, nil
}

func (h *fakeHouse) LinkPerson(_ context.Context, _ tertial.Stamp, person int64, issuer, subject string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accounts[issuer+" "+subject] = person
	return nil
}

func (h *fakeHouse) SetUpOpen(context.Context) (bool, error) { return h.setUp != "", nil }

func (h *fakeHouse) SetUp(_ context.Context, _ tertial.Stamp, secret, name, email string) (tertial.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.setUp == "" || secret != h.setUp {
		return tertial.Person{}, tertial.ErrNotFound
	}
	h.setUp = ""
	p := tertial.Person{ID: 50, Name: name, Email: email}
	h.viewers[50] = tertial.Viewer{Person: p, Coordinator: true}
	return p, nil
}
