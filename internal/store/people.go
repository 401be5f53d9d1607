package store

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"tertial/internal/tertial"
)

// People yields everybody, in the order in which they were stored.
func (s *Store) People(ctx context.Context) iter.Seq2[tertial.Person, error] {
	return func(yield func(tertial.Person, error) bool) {
		for after := int64(0); ; {
			people, err := s.people(ctx, s.r, selectPersons+`WHERE p.id > $1 ORDER BY p.id LIMIT $2`, after, portion)
			if err != nil {
				yield(tertial.Person{}, s.failed(ctx, "listing people", err))
				return
			}
			for _, p := range people {
				if !yield(p, nil) {
					return
				}
			}
			if len(people) < portion {
				return
			}
			after = people[len(people)-1].ID
		}
	}
}

// Person returns who has the address, or [tertial.ErrNotFound].
func (s *Store) Person(ctx context.Context, email string) (tertial.Person, error) {
	p, err := s.person(ctx, s.r, email)
	return p, s.failed(ctx, "reading a person", err)
}

// PersonByID returns a person by their id, or [tertial.ErrNotFound].
func (s *Store) PersonByID(ctx context.Context, id int64) (tertial.Person, error) {
	people, err := s.people(ctx, s.r, selectPersons+`WHERE p.id = $1`, id)
	if err == nil && len(people) == 0 {
		err = fmt.Errorf("%w: there is no person %d", tertial.ErrNotFound, id)
	}
	if err != nil {
		return tertial.Person{}, s.failed(ctx, "reading a person", err)
	}
	return people[0], nil
}

func (s *Store) person(ctx context.Context, q querier, email string) (tertial.Person, error) {
	people, err := s.people(ctx, q, selectPersons+`WHERE p.email_key = $1`, emailKey(email))
	if err != nil {
		return tertial.Person{}, err
	}
	if len(people) == 0 {
		return tertial.Person{}, fmt.Errorf("%w: nobody has that address", tertial.ErrNotFound)
	}
	return people[0], nil
}

// emailKey is what makes two spellings one address.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// people runs a query that begins with selectPersons, and reads what they hold.
func (s *Store) people(ctx context.Context, q querier, query string, args ...any) ([]tertial.Person, error) {
	var rows []personRow
	if err := q.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	people := make([]tertial.Person, len(rows))
	index := make(map[int64]*tertial.Person, len(rows))
	ids := make([]int64, len(rows))
	for i := range rows {
		people[i] = rows[i].noun()
		ids[i], index[rows[i].ID] = rows[i].ID, &people[i]
	}
	if len(ids) == 0 {
		return people, nil
	}
	var holdings []holdingRow
	err := q.SelectContext(ctx, &holdings, `SELECT r.name, h.from_date, h.to_date, h.role_id, h.person_id
		FROM `+s.d.ids(1)+` x JOIN holdings h ON h.person_id = x.id JOIN roles r ON r.id = h.role_id
		ORDER BY h.person_id, h.from_date, h.id`, s.d.list(ids))
	if err != nil {
		return nil, fmt.Errorf("reading what people hold: %w", err)
	}
	for _, h := range holdings {
		p := index[h.PersonID]
		p.Holdings = append(p.Holdings, tertial.Holding(h))
	}
	return people, nil
}
