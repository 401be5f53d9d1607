package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// personRow is a person without what they hold.
type personRow struct {
	ID        int64             `db:"id"`
	Name      string            `db:"name"`
	Email     string            `db:"email"`
	Language  string            `db:"language"`
	Frequency tertial.Frequency `db:"frequency"`
	ManagerID link              `db:"manager_id"`
	DeputyID  link              `db:"deputy_id"`
	Manager   string            `db:"manager"`
	Deputy    string            `db:"deputy"`
	AwayFrom  tertial.Date      `db:"away_from"`
	AwayTo    tertial.Date      `db:"away_to"`
	Suspect   string            `db:"suspect"`
}

// selectPersons is followed by conditions on p.
const selectPersons = `SELECT p.id, p.name, p.email, p.language, p.frequency, p.manager_id, p.deputy_id, p.away_from, p.away_to, p.suspect,
		COALESCE(m.email, '') AS manager, COALESCE(d.email, '') AS deputy
	FROM persons p LEFT JOIN persons m ON m.id = p.manager_id LEFT JOIN persons d ON d.id = p.deputy_id `

func (r *personRow) noun() tertial.Person {
	return tertial.Person{ID: r.ID, Name: r.Name, Email: r.Email, Language: r.Language, Frequency: r.Frequency,
		Manager: r.Manager, Deputy: r.Deputy, ManagerID: int64(r.ManagerID), DeputyID: int64(r.DeputyID),
		AwayFrom: r.AwayFrom, AwayTo: r.AwayTo, Suspect: r.Suspect, Holdings: []tertial.Holding{}}
}

type holdingRow struct {
	Role     string       `db:"name"`
	From     tertial.Date `db:"from_date"`
	To       tertial.Date `db:"to_date"`
	RoleID   int64        `db:"role_id"`
	PersonID int64        `db:"person_id"`
}

// register is the register of what some dossiers can reach: the roles of their parties, and the people of their notices.
func (s *Store) register(ctx context.Context, q querier, ds []tertial.Dossier, coordinator string) (*tertial.Register, error) {
	var roles, people []int64
	for i := range ds {
		for _, p := range ds[i].Parties {
			roles = append(roles, p.Role.ID)
		}
		for _, n := range ds[i].Notices {
			people = append(people, n.Slot.Person)
		}
	}
	return s.reach(ctx, q, roles, people, coordinator)
}

// reach reads who holds the roles and the coordinator's role, and the managers and deputies to
// whom that leads; besides, the people in also.
func (s *Store) reach(ctx context.Context, q querier, roles, also []int64, coordinator string) (*tertial.Register, error) {
	reg := &tertial.Register{People: make(map[int64]*tertial.Person), Holdings: make(map[int64][]tertial.Holding)}
	if coordinator == "" {
		coordinator = s.coordinator
	}
	var role []int64
	if err := q.SelectContext(ctx, &role, `SELECT id FROM roles WHERE key = $1`, coordinator); err != nil {
		return nil, fmt.Errorf("reading the coordinator's role: %w", err)
	}
	if len(role) > 0 {
		reg.CoordinatorRole = role[0]
	}
	roles = append(roles, reg.CoordinatorRole)
	slices.Sort(roles)
	var unmet []int64
	err := scan(ctx, q, func(rows *sqlx.Rows) error {
		var h tertial.Holding
		var p personRow
		if err := rows.Scan(&h.Role, &h.From, &h.To, &h.RoleID, &p.ID, &p.Name, &p.Email, &p.Language, &p.Frequency,
			&p.ManagerID, &p.DeputyID, &p.AwayFrom, &p.AwayTo); err != nil {
			return err
		}
		h.PersonID = p.ID
		reg.Holdings[h.RoleID] = append(reg.Holdings[h.RoleID], h)
		unmet = append(unmet, meet(reg, &p)...)
		return nil
	}, `SELECT r.name, h.from_date, h.to_date, h.role_id, p.id, p.name, p.email, p.language, p.frequency,
			p.manager_id, p.deputy_id, p.away_from, p.away_to
		FROM `+s.d.ids(1)+` x JOIN roles r ON r.id = x.id JOIN holdings h ON h.role_id = x.id JOIN persons p ON p.id = h.person_id
		ORDER BY h.role_id, h.id`, s.d.list(slices.Compact(roles)))
	if err != nil {
		return nil, fmt.Errorf("reading who holds which role: %w", err)
	}
	unmet = slices.DeleteFunc(append(unmet, also...), func(id int64) bool { return id == 0 || reg.People[id] != nil })
	if err := s.introduce(ctx, q, reg, unmet); err != nil {
		return nil, err
	}
	for _, p := range reg.People {
		p.Manager, p.Deputy = address(reg, p.ManagerID), address(reg, p.DeputyID)
	}
	return reg, nil
}

// meet puts a person into the register, and tells who their manager and deputy are.
func meet(reg *tertial.Register, r *personRow) []int64 {
	if reg.People[r.ID] != nil {
		return nil
	}
	p := r.noun()
	reg.People[p.ID] = &p
	return []int64{p.ManagerID, p.DeputyID}
}

// introduce reads people into the register, with the managers and deputies to whom they lead.
func (s *Store) introduce(ctx context.Context, q querier, reg *tertial.Register, people []int64) error {
	if len(people) == 0 {
		return nil
	}
	var rows []personRow
	err := q.SelectContext(ctx, &rows, `WITH RECURSIVE reach (id) AS (
			SELECT id FROM `+s.d.ids(1)+` x
			UNION
			SELECT o.id FROM reach JOIN persons p ON p.id = reach.id JOIN persons o ON o.id IN (p.manager_id, p.deputy_id)
		) `+selectPersons+` JOIN reach ON reach.id = p.id`, s.d.list(people))
	if err != nil {
		return fmt.Errorf("reading people: %w", err)
	}
	for i := range rows {
		meet(reg, &rows[i])
	}
	return nil
}

// address is that of somebody in the register, "" for nobody.
func address(reg *tertial.Register, id int64) string {
	if p := reg.People[id]; p != nil {
		return p.Email
	}
	return ""
}

// Register returns who holds roles, by the keys of the roles, with the managers and deputies to whom that leads. Of the roles that
// the database knows it tells the ids.
func (s *Store) Register(ctx context.Context, roleKeys []string) (*tertial.Register, map[string]int64, error) {
	var rows []struct {
		ID  int64  `db:"id"`
		Key string `db:"key"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT r.id, r.key FROM `+s.d.texts(1)+` k JOIN roles r ON r.key = k.text`, s.d.list(roleKeys))
	if err != nil {
		return nil, nil, s.failed(ctx, "reading roles", err)
	}
	roles, ids := make([]int64, len(rows)), make(map[string]int64, len(rows))
	for i, r := range rows {
		roles[i], ids[r.Key] = r.ID, r.ID
	}
	reg, err := s.reach(ctx, s.r, roles, nil, "")
	if err != nil {
		return nil, nil, s.failed(ctx, "reading who holds roles", err)
	}
	return reg, ids, nil
}
