package store

import "testing"

func TestWarmingUpChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		storeLife(t, s)
		before := dump(t, s)
		if err := s.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		sameRows(t, dump(t, s), before)
		if want := warmConns; s.d.leases && s.w.Stats().Idle < want {
			t.Errorf("got %d connections that wait, want %d", s.w.Stats().Idle, want)
		}
	})
}
