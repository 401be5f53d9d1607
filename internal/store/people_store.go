package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// SavePeople stores people by their addresses, in one transaction: who is new is added, who
// is there becomes as given, roles included. Managers and deputies are named by address,
// of people in the list or stored; an unknown one is invalid and stores nothing. The same list
// again changes nothing.
func (s *Store) SavePeople(ctx context.Context, stamp tertial.Stamp, people []tertial.Person) (added, changed int, err error) {
	err = s.write(ctx, "storing people", stamp, func(t *txn) error {
		e := &peopleEdit{t: t}
		if err := e.load(ctx, people); err != nil {
			return err
		}
		if err := e.insertNew(ctx, people); err != nil {
			return err
		}
		for i := range people {
			before := e.known[emailKey(people[i].Email)]
			p := people[i]
			p.Suspect = before.Suspect // a list says nothing of it
			if err := e.set(p, before); err != nil {
				return err
			}
		}
		added, changed = len(e.added), len(e.changed)-len(e.added)
		return e.store(ctx)
	})
	if err != nil {
		return 0, 0, err
	}
	return added, changed, nil
}

// EditPerson changes a person by a function of their state, in one transaction. The function may
// run more than once. An edit that changes nothing stores nothing.
func (s *Store) EditPerson(ctx context.Context, stamp tertial.Stamp, email string, edit func(*tertial.Person) error) (tertial.Person, error) {
	var stored tertial.Person
	err := s.write(ctx, "editing a person", stamp, func(t *txn) error {
		before, err := s.person(ctx, t, email)
		if err != nil {
			return err
		}
		stored = before
		stored.Holdings = slices.Clone(before.Holdings)
		if err := edit(&stored); err != nil {
			return err
		}
		stored.ID = before.ID
		e := &peopleEdit{t: t}
		if err := e.load(ctx, []tertial.Person{before, stored}); err != nil {
			return err
		}
		if other := e.known[emailKey(stored.Email)]; other != nil && other.ID != before.ID {
			return fmt.Errorf("%w: somebody else has that address", tertial.ErrConflict)
		}
		if err := e.set(stored, &before); err != nil {
			return err
		}
		if err := e.store(ctx); err != nil {
			return err
		}
		stored, err = s.person(ctx, t, stored.Email)
		return err
	})
	if err != nil {
		return tertial.Person{}, err
	}
	return stored, nil
}

// peopleEdit gathers what changes about people, to be stored in few statements.
type peopleEdit struct {
	t       *txn
	known   map[string]*tertial.Person // by address, those named and their managers and deputies
	roles   map[string]int64           // by key
	added   map[int64]bool
	changed []tertial.Person
	touched []int64 // roles that somebody comes to hold or leaves
	notes   []map[string]any
	seen    map[int64]bool
}

// load reads everybody whom the people or their managers and deputies may be, and the roles.
func (e *peopleEdit) load(ctx context.Context, people []tertial.Person) error {
	e.known, e.added, e.seen = make(map[string]*tertial.Person), make(map[int64]bool), make(map[int64]bool)
	if err := e.t.lockLooks(ctx); err != nil {
		return err
	}
	var keys, names []string
	for i := range people {
		p := &people[i]
		keys = append(keys, emailKey(p.Email), emailKey(p.Manager), emailKey(p.Deputy))
		for _, h := range p.Holdings {
			names = append(names, h.Role)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	stored, err := e.t.s.people(ctx, e.t, `WITH k AS (SELECT text FROM `+e.t.s.d.texts(1)+` x) `+
		selectPersons+`JOIN k ON k.text = p.email_key`, e.t.s.d.list(keys))
	if err != nil {
		return fmt.Errorf("reading people: %w", err)
	}
	for i := range stored {
		e.known[emailKey(stored[i].Email)] = &stored[i]
	}
	e.roles, err = e.t.roles(ctx, names)
	return err
}

// insertNew stores those who are not known yet, with no more than their name and address.
func (e *peopleEdit) insertNew(ctx context.Context, people []tertial.Person) error {
	var fresh []tertial.Person
	for _, p := range people {
		key := emailKey(p.Email)
		if !strings.Contains(key, "@") || strings.TrimSpace(p.Name) == "" {
			return fmt.Errorf("%w: a person needs a name and an address", tertial.ErrInvalid)
		}
		if e.known[key] == nil {
			p = tertial.Person{Name: p.Name, Email: strings.TrimSpace(p.Email), Frequency: tertial.Daily}
			fresh = append(fresh, p)
			e.known[key] = &p
		}
	}
	ids, err := e.t.takeIDs(ctx, "persons", len(fresh))
	if err != nil {
		return fmt.Errorf("taking ids: %w", err)
	}
	rows := insert("persons", `id BIGINT, name TEXT, email TEXT, email_key TEXT`, ``)
	for i, p := range fresh {
		e.known[emailKey(p.Email)].ID = ids[i]
		e.added[ids[i]] = true
		rows.add(ids[i], p.Name, p.Email, emailKey(p.Email))
	}
	if _, err := rows.run(ctx, e.t); err != nil {
		if isDuplicate(err) {
			return fmt.Errorf("%w: a person of that address was stored at the same moment", tertial.ErrConflict)
		}
		return fmt.Errorf("storing people: %w", err)
	}
	return nil
}

// set notes what makes the person before into p, where anything does.
func (e *peopleEdit) set(p tertial.Person, before *tertial.Person) error {
	p.ID, p.Email, p.Name = before.ID, strings.TrimSpace(p.Email), strings.TrimSpace(p.Name)
	if e.seen[p.ID] {
		return fmt.Errorf("%w: person %d is in the list twice", tertial.ErrInvalid, p.ID)
	}
	e.seen[p.ID] = true
	if p.Frequency == "" {
		p.Frequency = tertial.Daily
	}
	if !strings.Contains(p.Email, "@") || p.Name == "" {
		return fmt.Errorf("%w: a person needs a name and an address", tertial.ErrInvalid)
	}
	if emailKey(p.Email) != emailKey(before.Email) {
		p.Suspect = "" // that was about the old address
	}
	var err error
	if p.ManagerID, err = e.find(&p, p.Manager, "manager"); err != nil {
		return err
	}
	if p.DeputyID, err = e.find(&p, p.Deputy, "deputy"); err != nil {
		return err
	}
	if p.Holdings, err = e.holdings(&p); err != nil {
		return err
	}
	d := personDifferences(before, &p)
	if roles := e.roleChanges(before, &p); len(roles) > 0 {
		d["roles"] = [2]any{held(before), held(&p)}
		e.touched = append(e.touched, roles...)
	}
	if len(d) > 0 || e.added[p.ID] {
		e.notes = append(e.notes, d)
		e.changed = append(e.changed, p)
	}
	return nil
}

// holdings returns what the person holds with the roles' ids, each role once from a day.
func (e *peopleEdit) holdings(p *tertial.Person) ([]tertial.Holding, error) {
	var all []tertial.Holding
	for _, h := range p.Holdings {
		h.PersonID, h.RoleID = p.ID, e.roles[tertial.RoleKey(h.Role)]
		if !h.To.IsZero() && h.To.Before(h.From) {
			return nil, fmt.Errorf("%w: person %d holds %s to %s, before %s", tertial.ErrInvalid, p.ID, cut(h.Role), h.To, h.From)
		}
		if !slices.ContainsFunc(all, func(x tertial.Holding) bool { return x.RoleID == h.RoleID && x.From == h.From }) {
			all = append(all, h)
		}
	}
	return all, nil
}

// find returns whom an address names, as somebody's manager or deputy.
func (e *peopleEdit) find(p *tertial.Person, address, as string) (int64, error) {
	if strings.TrimSpace(address) == "" {
		return 0, nil
	}
	other := e.known[emailKey(address)]
	switch {
	case other == nil:
		return 0, fmt.Errorf("%w: the %s of %s, %s, is nobody known; add them too", tertial.ErrInvalid, as, cut(p.Name), cut(address))
	case other.ID == p.ID:
		return 0, fmt.Errorf("%w: %s cannot be their own %s", tertial.ErrInvalid, cut(p.Name), as)
	}
	return other.ID, nil
}

// personDifferences lists the fields that differ, for the log: no name and no address stands in it.
func personDifferences(a, b *tertial.Person) map[string]any {
	d := make(map[string][2]any)
	differ(d, "language", a.Language, b.Language)
	differ(d, "frequency", a.Frequency, b.Frequency)
	differ(d, "manager", a.ManagerID, b.ManagerID)
	differ(d, "deputy", a.DeputyID, b.DeputyID)
	differ(d, "away_from", a.AwayFrom, b.AwayFrom)
	differ(d, "away_to", a.AwayTo, b.AwayTo)
	all := make(map[string]any, len(d))
	for field, values := range d {
		all[field] = values
	}
	if a.Name != b.Name {
		all["name"] = "changed"
	}
	if a.Email != b.Email {
		all["email"] = "changed"
	}
	if a.Suspect != b.Suspect {
		all["suspect"] = "changed" // the words may hold the address
	}
	return all
}

// held lists what a person holds, for the log.
func held(p *tertial.Person) []string {
	all := make([]string, len(p.Holdings))
	for i, h := range p.Holdings {
		all[i] = fmt.Sprintf("%s %s..%s", h.Role, h.From, h.To)
	}
	slices.Sort(all)
	return all
}

// roleChanges returns the roles of which the person comes to hold more or less.
func (e *peopleEdit) roleChanges(before, after *tertial.Person) []int64 {
	type period struct {
		role     int64
		from, to tertial.Date
	}
	count := make(map[period]int)
	for _, h := range before.Holdings {
		count[period{h.RoleID, h.From, h.To}]--
	}
	for _, h := range after.Holdings {
		count[period{h.RoleID, h.From, h.To}]++
	}
	var roles []int64
	for p, n := range count {
		if n != 0 && !slices.Contains(roles, p.role) {
			roles = append(roles, p.role)
		}
	}
	return roles
}

// store writes what has been gathered, logs it, and has the actions it concerns looked at.
func (e *peopleEdit) store(ctx context.Context) error {
	if len(e.changed) == 0 {
		return nil
	}
	ids := make([]int64, len(e.changed))
	rows := update("persons", `id BIGINT, name TEXT, email TEXT, email_key TEXT, language TEXT, frequency TEXT,
		manager_id BIGINT, deputy_id BIGINT, away_from TEXT, away_to TEXT, suspect TEXT`)
	holdings := insert("holdings", `person_id BIGINT, role_id BIGINT, from_date TEXT, to_date TEXT`, `ON CONFLICT DO NOTHING`)
	for i, p := range e.changed {
		ids[i] = p.ID
		rows.add(p.ID, p.Name, p.Email, emailKey(p.Email), p.Language, p.Frequency, link(p.ManagerID), link(p.DeputyID), p.AwayFrom, p.AwayTo, p.Suspect)
		for _, h := range p.Holdings {
			holdings.add(p.ID, h.RoleID, h.From, h.To)
		}
		verb := "changed"
		if e.added[p.ID] {
			verb = "added"
		}
		if err := e.t.note(fmt.Sprintf("person %d", p.ID), verb, e.notes[i]); err != nil {
			return err
		}
	}
	// Whom it concerns is asked before and after: a manager who was replaced, one who came.
	if err := e.t.lookFor(ctx, ids, e.touched); err != nil {
		return err
	}
	if _, err := rows.run(ctx, e.t); err != nil {
		if isDuplicate(err) {
			return fmt.Errorf("%w: somebody else has that address", tertial.ErrConflict)
		}
		return fmt.Errorf("storing people: %w", err)
	}
	if _, err := e.t.exec(ctx, `DELETE FROM holdings WHERE person_id IN (SELECT id FROM `+e.t.s.d.ids(1)+` x)`, e.t.s.d.list(ids)); err != nil {
		return fmt.Errorf("replacing what people hold: %w", err)
	}
	if _, err := holdings.run(ctx, e.t); err != nil {
		return fmt.Errorf("storing what people hold: %w", err)
	}
	return e.t.lookFor(ctx, ids, nil)
}
