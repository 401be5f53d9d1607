package web

import (
	"cmp"
	"net/http"
	"slices"

	"tertial/internal/tertial"
)

// checksShown is how many actions a check names on the page.
const checksShown = 20

// checksPage is what the standing checks find, the worst first.
type checksPage struct {
	Checks []checkRow
	Today  tertial.Date
}

type checkRow struct {
	tertial.Check
	Refs  []string
	Roles []string
	More  int
}

// showChecks lists what the checks find.
func (s *Server) showChecks(w http.ResponseWriter, r *http.Request, v *visit) error {
	checks, err := s.o.House.Checks(r.Context(), v.Today)
	if err != nil {
		return err
	}
	page := checksPage{Today: v.Today}
	for _, c := range checks {
		if c.Count == 0 {
			continue
		}
		row := checkRow{Check: c, Refs: c.Refs[:min(len(c.Refs), checksShown)], Roles: c.Roles[:min(len(c.Roles), checksShown)]}
		row.More = max(c.Count-len(row.Refs)-len(row.Roles), 0)
		page.Checks = append(page.Checks, row)
	}
	slices.SortStableFunc(page.Checks, func(a, b checkRow) int { return cmp.Compare(gravity(a.Severity), gravity(b.Severity)) })
	return s.show(w, r, v, http.StatusOK, "checks", page)
}

func gravity(severity string) int {
	return slices.Index([]string{"error", "warning", "info"}, severity)
}
