package web

import (
	"net/http"

	"tertial/internal/tertial"
)

// cardsShown is how many cards a column of the board has.
const cardsShown = 15

// boardPage is the board: a column a status.
type boardPage struct {
	Filter  actionFilter
	Columns []boardColumn
	Roles   []tertial.Role
	Moves   bool // the viewer may move cards
	Here    string
}

// Priorities lists those that can be chosen.
func (p *boardPage) Priorities() []tertial.Priority { return tertial.Priorities() }

// boardColumn is one status with the most urgent of its actions.
type boardColumn struct {
	Status tertial.Status
	Cards  []boardCard
	Total  int
	More   bool   // there are more than are counted
	Link   string // to all of them
	Left   int    // how many are not shown
}

// boardCard is an action on the board, and where it can be moved.
type boardCard struct {
	actionRow
	Moves []cardMove
}

// cardMove is a status to which a card can be moved. Why says that a note is needed.
type cardMove struct {
	To   tertial.Status
	Text string // names a text
	Why  bool
}

// boardMoves are the ways on from a status.
func boardMoves(from tertial.Status) []cardMove {
	done := cardMove{tertial.Done, "board.move.done", true}
	switch from {
	case tertial.Open:
		return []cardMove{{tertial.InProgress, "board.move.start", false}, done, {tertial.Cancelled, "board.move.cancel", true}}
	case tertial.InProgress:
		return []cardMove{done, {tertial.Cancelled, "board.move.cancel", true}}
	case tertial.ReportedDone:
		return []cardMove{{tertial.Done, "board.move.confirm", true}, {tertial.InProgress, "board.move.back", true}}
	}
	return []cardMove{{tertial.Open, "board.move.reopen", false}}
}

// showBoard shows the board, all of it or one role's.
func (s *Server) showBoard(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readActionFilter(r.URL.Query(), v.Today)
	if err != nil {
		return err
	}
	page := boardPage{Filter: f, Moves: v.Viewer.Coordinator, Here: address("/board", "owner", f.Owner, "priority", f.Priority)}
	if page.Roles, err = s.offeredRoles(r); err != nil {
		return err
	}
	for _, status := range []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done} {
		q := tertial.ActionQuery{Statuses: []tertial.Status{status}, Owner: f.query.Owner, Priority: f.query.Priority, AsOf: v.Today, Sort: tertial.ByDue, Limit: cardsShown}
		c := boardColumn{Status: status, Link: address("/actions", "status", status, "owner", f.Owner, "priority", f.Priority)}
		if status == tertial.Done {
			q.Sort, q.Descending = tertial.ByChanged, true
		}
		found, err := s.o.House.QueryActions(r.Context(), q)
		if err != nil {
			return err
		}
		for _, row := range rowsOf(found.Actions, v.Today) {
			c.Cards = append(c.Cards, boardCard{row, boardMoves(row.Status)})
		}
		c.Total, c.More = found.Total, found.Total >= tertial.CountLimit
		c.Left = max(0, found.Total-len(c.Cards))
		page.Columns = append(page.Columns, c)
	}
	return s.show(w, r, v, http.StatusOK, "board", &page)
}
