package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// apiActions is a part of the list of actions. Next is the address of the part that follows, "" at the end.
type apiActions struct {
	Actions []tertial.Action `json:"actions"`
	Total   int              `json:"total"`
	Next    string           `json:"next"`
}

func (c *apiCall) listActions() error {
	q, err := c.actionQuery()
	if err != nil {
		return err
	}
	page, err := c.house.QueryActions(c.r.Context(), q)
	if err != nil {
		return err
	}
	list := apiActions{Actions: page.Actions, Total: page.Total}
	end := q.Offset + len(list.Actions)
	if len(list.Actions) == q.Limit && (end < page.Total || page.Total >= tertial.CountLimit) && end <= apiOffset {
		list.Next = apiFollowing(c.r, c.query, "offset", int64(end))
	}
	return c.write(http.StatusOK, list)
}

// actionQuery reads which actions are asked for, in which order.
func (c *apiCall) actionQuery() (tertial.ActionQuery, error) {
	p := c.query
	q := tertial.ActionQuery{
		Statuses: apiWords(p, "status", apiStatuses()...), Open: p.flag("open"), Owner: p.text("role"), Clause: p.text("clause"),
		Priority: apiWordOf(p, "priority", tertial.Priorities()...), Text: p.text("text"), Event: p.text("event"),
		PlanYear: p.number("plan_year", 2000, 2100, 0), Review: p.flag("review"), Late: p.flag("late"), Undated: p.flag("undated"),
		DueFrom: p.date("due_from"), DueTo: p.date("due_to"), AsOf: p.date("as_of"),
		Offset: p.number("offset", 0, apiOffset, 0), Limit: p.number("limit", 1, apiPageMost, apiPage),
	}
	if q.AsOf.IsZero() {
		q.AsOf = c.today
	}
	if !q.DueTo.IsZero() && q.DueTo.Before(q.DueFrom) {
		p.refuse("due_to", "%s lies before due_from %s", q.DueTo, q.DueFrom)
	}
	if order, ok := p.given("sort"); ok {
		q.Sort, q.Descending = readOrder(p, order)
	}
	if err := p.done(); err != nil {
		return q, err
	}
	email, ok := p.given("person")
	if !ok {
		return q, nil
	}
	person, err := c.house.Person(c.r.Context(), email)
	if errors.Is(err, tertial.ErrNotFound) {
		return q, wrongParameter("person", "nobody has the address %s", apiEcho(email))
	}
	q.Person = person.ID
	return q, err
}

func apiStatuses() []tertial.Status {
	return []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done, tertial.Cancelled, tertial.Inapplicable}
}

// readOrder reads what a list is ordered by; a minus before it turns it round.
func readOrder(p *apiQuery, order string) (tertial.ActionSort, bool) {
	by, descending := strings.CutPrefix(order, "-")
	known := []string{"clause", string(tertial.ByDue), string(tertial.ByPriority), string(tertial.ByStatus), string(tertial.ByTitle), string(tertial.ByChanged)}
	switch {
	case !slices.Contains(known, by):
		p.refuse("sort", "%s is none of %s, with or without - before it", apiEcho(order), strings.Join(known, ", "))
		return tertial.ByClause, false
	case by == "clause":
		return tertial.ByClause, descending
	}
	return tertial.ActionSort(by), descending
}

// ref returns the reference in the address. What cannot be one is not looked for.
func (c *apiCall) ref() (string, error) {
	ref := c.r.PathValue("ref")
	if !isRef(ref) {
		return "", problemf(http.StatusNotFound, "not_found", "there is no action %s", apiEcho(ref))
	}
	return ref, nil
}

// isRef reports whether a text can be the reference of an action: 2024-7.2, 2024-A.5.9b.
func isRef(s string) bool {
	return s != "" && len(s) <= 40 && s[0] != '.' && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(".-_", r)
	})
}

// action returns the action that the address names.
func (c *apiCall) action() (tertial.Action, error) {
	ref, err := c.ref()
	if err != nil {
		return tertial.Action{}, err
	}
	a, err := c.house.Action(c.r.Context(), ref)
	if errors.Is(err, tertial.ErrNotFound) {
		err = problemf(http.StatusNotFound, "not_found", "there is no action %s", ref)
	}
	return a, err
}

// actionTag is the entity tag of an action: its version.
func actionTag(a *tertial.Action) string { return `"` + strconv.Itoa(a.Version) + `"` }

func (c *apiCall) showAction(status int, a *tertial.Action) error {
	return c.shown(status, actionTag(a), a)
}

func (c *apiCall) getAction() error {
	a, err := c.action()
	if err != nil {
		return err
	}
	return c.showAction(http.StatusOK, &a)
}

// addAction adds an action. A program that gives the reference can send the same again: what is there stays, and is a conflict.
func (c *apiCall) addAction() error {
	if c.r.Header.Get("Idempotency-Key") != "" {
		return problemf(http.StatusBadRequest, "bad_request",
			"keys are not kept: give the action a ref of your own, then the same request again is a conflict and adds nothing").atHeader("Idempotency-Key")
	}
	f, err := readAPIBody(c.w, c.r)
	if err != nil {
		return err
	}
	a, err := c.draft(f)
	if err != nil {
		return err
	}
	a, err = c.house.AddAction(c.r.Context(), c.stamp("add"), a)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", apiPrefix+"/actions/"+url.PathEscape(a.Ref))
	return c.showAction(http.StatusCreated, &a)
}

// draft makes an action of what a program sent.
func (c *apiCall) draft(f *apiFields) (tertial.Action, error) {
	a := tertial.Action{Status: tertial.Open, Priority: tertial.None, PlanYear: c.today.Year(), Dated: c.today, Created: tertial.Instant{Time: c.now}}
	f.need("title", "clauses")
	set(&a.Ref, f.filled("ref", 40))
	if f.has("ref") && a.Ref != "" && !isRef(a.Ref) {
		f.broken("ref", "%s is no reference: letters, digits, and . - _ behind the first", apiEcho(a.Ref))
	}
	set(&a.PlanYear, f.year("plan_year"))
	a.Clauses = readClauses(f)
	set(&a.Title, f.filled("title", apiName))
	set(&a.Description, f.text("description", apiDescription))
	set(&a.Priority, apiWord(f, "priority", tertial.Priorities()...))
	readParties(f, &a)
	a.Steps = readSteps(f)
	when := &apiTiming{}
	if inner := f.object("timing"); inner != nil {
		when.read(inner, true)
	}
	if err := f.done(); err != nil {
		return a, err
	}
	wheel, err := c.house.Wheel(c.r.Context())
	if err != nil {
		return a, err
	}
	a.Timing = timing.Parse(when.text, a.PlanYear, c.today, wheel)
	if err := when.apply(&a); err != nil {
		return a, err
	}
	a.AskOfTiming(c.today)
	a.AskOfParties()
	a.Normalise()
	return a, nil
}

// patchAction changes what is given and leaves the rest.
func (c *apiCall) patchAction() error {
	f, match, err := c.body()
	if err != nil {
		return err
	}
	title, description := f.filled("title", apiName), f.text("description", apiDescription)
	priority := apiWord(f, "priority", tertial.Priorities()...)
	parties := tertial.Action{}
	readParties(f, &parties)
	when := &apiTiming{}
	if inner := f.object("timing"); inner != nil {
		when.read(inner, false)
	}
	if len(f.values) == 0 {
		f.broken("", "say what to change")
	}
	if err := f.done(); err != nil {
		return err
	}
	return c.edit("edit", match, func(a *tertial.Action) error {
		set(&a.Title, title)
		set(&a.Description, description)
		set(&a.Priority, priority)
		setList(&a.Responsible, parties.Responsible)
		setList(&a.Contributors, parties.Contributors)
		setList(&a.FollowUp, parties.FollowUp)
		if parties.Responsible != nil {
			a.AskOfParties()
		}
		return when.apply(a)
	})
}

// body reads what a change brings, and to which version it is to be made.
func (c *apiCall) body() (*apiFields, *apiMatch, error) {
	match, err := c.ifMatch()
	if err != nil {
		return nil, nil, err
	}
	f, err := readAPIBody(c.w, c.r)
	return f, match, err
}

// edit changes the action that the address names, and answers with what it has become.
func (c *apiCall) edit(verb string, match *apiMatch, change func(*tertial.Action) error) error {
	a, err := c.store(verb, match, change)
	if err != nil {
		return err
	}
	return c.showAction(http.StatusOK, &a)
}

func (c *apiCall) store(verb string, match *apiMatch, change func(*tertial.Action) error) (tertial.Action, error) {
	ref, err := c.ref()
	if err != nil {
		return tertial.Action{}, err
	}
	a, err := c.house.EditAction(c.r.Context(), c.stamp(verb), ref, 0, func(a *tertial.Action) error {
		if err := match.holds(actionTag(a)); err != nil {
			return err
		}
		return change(a)
	})
	if _, said := errors.AsType[*apiProblem](err); !said && errors.Is(err, tertial.ErrNotFound) {
		err = problemf(http.StatusNotFound, "not_found", "there is no action %s", ref)
	}
	return a, err
}

// apiTiming is what a program says of an action's time.
type apiTiming struct {
	text       string
	start, due *tertial.Date
}

// read takes the phrase, of a new action only: it stays as written for ever.
func (t *apiTiming) read(f *apiFields, fresh bool) {
	if fresh {
		set(&t.text, f.text("text", apiName))
	}
	t.start, t.due = f.date("start"), f.date("due")
	if t.text != "" && t.due != nil {
		f.broken("due", "give the phrase or the date, not both")
	}
	if t.start != nil && t.due != nil && !t.due.IsZero() && t.start.After(*t.due) {
		f.broken("start", "%s lies after the due date %s", t.start, t.due)
	}
}

// apply gives an action its time. A due date that is given is confirmed; the empty one says that there is none.
func (t *apiTiming) apply(a *tertial.Action) error {
	if t.start != nil {
		a.Timing.Start = *t.start
	}
	if t.due != nil {
		return a.Confirm(*t.due, t.due.IsZero())
	}
	if due := a.Timing.Due; t.start != nil && !due.IsZero() && t.start.After(due) {
		p := problemf(http.StatusUnprocessableEntity, "invalid", "the start %s lies after the due date %s", t.start, due)
		p.Errors = []apiFault{{Pointer: "#/timing/start", Detail: p.Detail}}
		return p
	}
	return nil
}

// readClauses reads the requirements that an action is about.
func readClauses(f *apiFields) []string {
	list := f.texts("clauses", apiList, apiName)
	if list != nil && len(list) == 0 {
		f.broken("clauses", "must name a clause, as 7.2 or A.5.9")
	}
	for i, s := range list {
		clause, ok := gap.Clause(s)
		if !ok && s != "" {
			f.brokenIn("clauses", i, "%s is no clause: write it as 7.2, 9.2.1 or A.5.9", apiEcho(s))
		}
		list[i] = clause
	}
	return list
}

// readParties reads the roles of an action; nil is a part that is not given.
func readParties(f *apiFields, a *tertial.Action) {
	a.Responsible, a.Contributors, a.FollowUp = readRoles(f, "responsible"), readRoles(f, "contributors"), readRoles(f, "follow_up")
}

func readRoles(f *apiFields, name string) []string {
	list := f.texts(name, apiList, apiName)
	for i, role := range list {
		if strings.Contains(role, ";") {
			f.brokenIn(name, i, "%s holds a ; which parts roles from each other in files", apiEcho(role))
		}
	}
	return list
}

// set takes over a value that is given.
func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

func setList(to *[]string, given []string) {
	if given != nil {
		*to = given
	}
}
