package web

import (
	"net/http"

	"tertial/internal/tertial"
)

// rolesShown is how many roles a page has.
const rolesShown = 50

// rolesPage lists who holds which role, and how much it has to do.
type rolesPage struct {
	Roles       []roleRow
	Total       int
	Vacant      int // with something open
	Only        string
	Page        int
	Later, Back int
}

type roleRow struct {
	tertial.RoleHolders
	Vacant bool
	Load   int // open actions for each who holds it
}

// showRoles lists roles.
func (s *Server) showRoles(w http.ResponseWriter, r *http.Request, v *visit) error {
	holders, err := s.o.House.RoleHolders(r.Context(), v.Today)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	page := rolesPage{Total: len(holders), Only: oneOf(query.Get("only"), "", "vacant")}
	var rows []roleRow
	for _, h := range holders {
		row := roleRow{RoleHolders: h, Vacant: len(h.People) == 0}
		if !row.Vacant {
			row.Load = (h.Open + len(h.People) - 1) / len(h.People)
		}
		if row.Vacant && h.Open > 0 {
			page.Vacant++
		}
		if page.Only == "" || row.Vacant {
			rows = append(rows, row)
		}
	}
	sortByName(rows, func(x *roleRow) (string, string) { return x.Role.Name, "" })
	page.Page = pageNumber(query, len(rows), rolesShown)
	first := min((page.Page-1)*rolesShown, len(rows))
	last := min(first+rolesShown, len(rows))
	page.Roles = rows[first:last]
	page.Back, page.Later = beside(page.Page, last < len(rows))
	return s.show(w, r, v, http.StatusOK, "roles", page)
}
