package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// Warm opens the connections that delivery will want, and has each know the tables that it goes through: the first mail of a
// morning then waits for neither. SQLite has its connections already.
func (s *Store) Warm(ctx context.Context) error {
	if !s.d.leases {
		return nil
	}
	conns := make([]*sqlx.Conn, 0, warmConns)
	defer func() {
		for _, c := range conns {
			_ = c.Close() // back to the pool
		}
	}()
	for range warmConns {
		c, err := s.w.Connx(ctx)
		if err != nil {
			return s.failed(ctx, "opening connections", err)
		}
		conns = append(conns, c)
		var none []int64
		if err := c.SelectContext(ctx, &none, `SELECT m.id FROM messages m JOIN message_items i ON i.message_id = m.id
			JOIN notices n ON n.id = i.notice_id JOIN actions a ON a.id = n.action_id JOIN looks l ON l.action_id = a.id
			JOIN action_parties p ON p.action_id = a.id JOIN holdings h ON h.role_id = p.role_id JOIN persons x ON x.id = h.person_id
			JOIN attempts t ON t.message_id = m.id, log_head, meta WHERE m.id < 0`); err != nil {
			return s.failed(ctx, "reading which tables there are", err)
		}
	}
	return nil
}

// warmConns is how many connections a delivery uses side by side: it claims, marks, records, renews and looks.
const warmConns = 5
