package store

import (
	"context"
	"slices"

	"tertial/internal/tertial"
)

// voice is for whom a person speaks about an action on a day: the people who hold its responsible roles, themselves or in
// their place, and the roles through which they do. Person 0 is a role that nobody holds.
type voice struct {
	people []int64
	roles  []int64
}

// speaks reports whether the person has anything to say.
func (v *voice) speaks() bool { return len(v.people) > 0 }

func (v *voice) add(person, role int64) {
	if !slices.Contains(v.people, person) {
		v.people = append(v.people, person)
	}
	if !slices.Contains(v.roles, role) {
		v.roles = append(v.roles, role)
	}
}

// voiceOf tells for whom a person speaks: those who are reminded may answer. That is who holds a responsible role; the deputy of one who is
// away; and the coordinator, where nobody holds the role, or all who might stand in are away.
func voiceOf(parties []tertial.Party, reg *tertial.Register, person int64, day tertial.Date) voice {
	var v voice
	if person == 0 {
		return v
	}
	coordinates := slices.ContainsFunc(reg.Holders(reg.CoordinatorRole, day), func(id int64) bool {
		may, _ := standsIn(reg, id, person, day)
		return may
	})
	for _, party := range parties {
		if party.Part != tertial.Responsible {
			continue
		}
		holders := reg.Holders(party.Role.ID, day)
		if len(holders) == 0 && coordinates {
			v.add(0, party.Role.ID)
		}
		for _, id := range holders {
			if may, there := standsIn(reg, id, person, day); may || !there && coordinates {
				v.add(id, party.Role.ID)
			}
		}
	}
	return v
}

// standsIn reports whether person is id, or stands in for id on the day, be it for a deputy who is away too; and whether anybody is there
// who does.
func standsIn(reg *tertial.Register, id, person int64, day tertial.Date) (may, there bool) {
	for range len(reg.People) { // a circle of deputies ends
		may = may || id == person
		p := reg.People[id]
		if p == nil {
			return may, false
		}
		if !p.Away(day) {
			return may, true
		}
		id = p.DeputyID
	}
	return may, false
}

// MayAnswer reports whether a person may answer about an action on a day: they hold a responsible role, stand in for who does, or
// are the coordinator and nobody else is there. What its status allows is another matter: [tertial.Answer.Check]. An action that
// does not exist is [tertial.ErrNotFound].
func (s *Store) MayAnswer(ctx context.Context, ref string, person int64, on tertial.Date) (bool, error) {
	id, err := s.actionID(ctx, s.r, ref)
	if err != nil {
		return false, s.failed(ctx, "asking who may answer", err)
	}
	voices, err := s.voices(ctx, s.r, []int64{id}, person, on)
	v := voices[id]
	return v.speaks(), s.failed(ctx, "asking who may answer", err)
}

// voices tells for whom a person speaks about actions, in a number of statements that does not grow with theirs.
func (s *Store) voices(ctx context.Context, q querier, actions []int64, person int64, on tertial.Date) (map[int64]voice, error) {
	parties := make(map[int64][]tertial.Party)
	var roles []int64
	err := s.parties(ctx, q, actions, func(p partyRow) {
		parties[p.ActionID] = append(parties[p.ActionID], p.noun())
		roles = append(roles, p.RoleID)
	})
	if err != nil {
		return nil, err
	}
	reg, err := s.reach(ctx, q, roles, nil, "")
	if err != nil {
		return nil, err
	}
	voices := make(map[int64]voice, len(actions))
	for id, some := range parties {
		voices[id] = voiceOf(some, reg, person, on)
	}
	return voices, nil
}
