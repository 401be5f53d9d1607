package store

import (
	"context"

	"tertial/internal/tertial"
)

// Viewer returns what a person may see and do on a day: it goes by the roles that they hold themselves. Who is nobody is
// [tertial.ErrNotFound].
func (s *Store) Viewer(ctx context.Context, person int64, on tertial.Date) (tertial.Viewer, error) {
	p, err := s.PersonByID(ctx, person)
	if err != nil {
		return tertial.Viewer{}, err
	}
	v := tertial.Viewer{Person: p}
	for _, role := range p.Roles(on) {
		key := tertial.RoleKey(role)
		v.Coordinator = v.Coordinator || key == s.coordinator
		v.Management = v.Management || key == s.management
		v.Auditor = v.Auditor || key == s.auditor
	}
	return v, nil
}
