package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// messageRow is a message without its rows.
type messageRow struct {
	ID        int64                `db:"id"`
	Kind      tertial.MessageKind  `db:"kind"`
	Address   string               `db:"address"`
	Key       string               `db:"key"`
	Person    link                 `db:"person_id"`
	Day       tertial.Date         `db:"day"`
	Name      string               `db:"name"`
	Language  string               `db:"language"`
	State     tertial.MessageState `db:"state"`
	Subject   string               `db:"subject"`
	MessageID string               `db:"message_id"`
	Facts     string               `db:"facts"`
	Error     string               `db:"error"`
	Attempts  int                  `db:"attempts"`
	CreatedAt instant              `db:"created_at"`
	SentAt    instant              `db:"sent_at"`
	NextTry   instant              `db:"next_try"`
	Fence     int64                `db:"fence"`
}

const messageColumns = `m.id, m.kind, m.address, m.key, m.day, m.name, m.language, m.state, m.subject, m.message_id,
	m.facts, m.error, m.attempts, m.created_at, m.sent_at, m.next_try, m.fence, m.person_id`

// scan reads messageColumns.
func (r *messageRow) scan(rows *sqlx.Rows) error {
	return rows.Scan(&r.ID, &r.Kind, &r.Address, &r.Key, &r.Day, &r.Name, &r.Language, &r.State, &r.Subject, &r.MessageID,
		&r.Facts, &r.Error, &r.Attempts, &r.CreatedAt, &r.SentAt, &r.NextTry, &r.Fence, &r.Person)
}

// noun returns the message, its items still missing.
func (r *messageRow) noun() (tertial.Message, error) {
	m := tertial.Message{ID: r.ID, Kind: r.Kind, To: r.Address, Subject: r.Subject, State: r.State, Attempts: r.Attempts,
		MessageID: r.MessageID, Created: r.CreatedAt.noun(), Sent: r.SentAt.noun(), Error: r.Error, Items: []tertial.Item{},
		Day: r.Day, Key: r.Key, Person: int64(r.Person), Name: r.Name, Language: r.Language, NextTry: r.NextTry.noun()}
	if m.State == composing {
		m.State = tertial.MessageQueued
	}
	if r.Facts == "" {
		return m, nil
	}
	var facts tertial.Facts
	if err := json.Unmarshal([]byte(r.Facts), &facts); err != nil {
		return m, fmt.Errorf("reading the facts of message %d: %w", r.ID, err)
	}
	m.Digest, m.Summary, m.SignIn, m.Answer = facts.Digest, facts.Summary, facts.SignIn, facts.Answer
	return m, nil
}

// Enqueue puts mail that is no reminder into the outbox, and returns how many are new: kind, address and key
// are a message's identity, so that asking twice is harmless. A message is due at once.
func (s *Store) Enqueue(ctx context.Context, stamp tertial.Stamp, messages []tertial.Message) (int, error) {
	var n int
	err := s.write(ctx, "putting mail into the outbox", stamp, func(t *txn) error {
		rows := insert("messages", `kind TEXT, person_id BIGINT, address TEXT, address_key TEXT, key TEXT, day TEXT, name TEXT, language TEXT, state TEXT,
			facts TEXT, created_at BIGINT, next_try BIGINT`,
			`ON CONFLICT (kind, address_key, key) DO NOTHING`)
		for i := range messages {
			m := &messages[i]
			if m.Kind == tertial.Reminder || m.Key == "" || !strings.Contains(m.To, "@") {
				return fmt.Errorf("%w: a %s message of this kind cannot be put into the outbox", tertial.ErrInvalid, m.Kind)
			}
			facts, err := jsonText(tertial.Facts{Digest: m.Digest, Summary: m.Summary, SignIn: m.SignIn, Answer: m.Answer})
			if err != nil {
				return fmt.Errorf("storing the facts of a message: %w", err)
			}
			at := instantOf(stamp.At)
			rows.add(m.Kind, link(m.Person), m.To, emailKey(m.To), m.Key, m.Day, m.Name, m.Language, tertial.MessageQueued, facts, at, at)
		}
		var err error
		if n, err = rows.run(ctx, t); n > 0 {
			t.wake()
		}
		return err
	})
	return n, err
}

// HasMessage reports whether there is a message of the kind and key, to whomever.
func (s *Store) HasMessage(ctx context.Context, kind tertial.MessageKind, key string) (bool, error) {
	var one []int
	err := s.r.SelectContext(ctx, &one, `SELECT 1 FROM messages WHERE kind = $1 AND key = $2 LIMIT 1`, kind, key)
	return len(one) > 0, s.failed(ctx, "looking for a message", err)
}

// MessageFilter says which messages to list; the zero filter is all of them.
type MessageFilter struct {
	States []tertial.MessageState
	Kind   tertial.MessageKind
	To     string // an address
	Day    tertial.Date
	Limit  int // 0: all
}

// Messages yields messages with their items, the newest first.
func (s *Store) Messages(ctx context.Context, f MessageFilter) iter.Seq2[tertial.Message, error] {
	return func(yield func(tertial.Message, error) bool) {
		left := f.Limit
		for before := int64(1) << 62; ; {
			want := portion
			if f.Limit > 0 {
				want = min(want, left)
			}
			some, err := s.messages(ctx, f, before, want)
			if err != nil {
				yield(tertial.Message{}, s.failed(ctx, "listing mail", err))
				return
			}
			for _, m := range some {
				if !yield(m, nil) {
					return
				}
			}
			left -= len(some)
			if len(some) < want || f.Limit > 0 && left <= 0 {
				return
			}
			before = some[len(some)-1].ID
		}
	}
}

func (s *Store) messages(ctx context.Context, f MessageFilter, before int64, limit int) ([]tertial.Message, error) {
	states := make([]string, 0, len(f.States)+1)
	for _, st := range f.States {
		states = append(states, string(st))
		if st == tertial.MessageQueued {
			states = append(states, string(composing))
		}
	}
	return s.readMessages(ctx, s.r, `SELECT `+messageColumns+` FROM messages m WHERE m.id < $2
			AND ($3 = 0 OR m.state IN (SELECT text FROM `+s.d.texts(1)+` x))
			AND ($4 = '' OR m.kind = $4) AND ($5 = '' OR m.address_key = $5) AND ($6 = '' OR m.day = $6)
		ORDER BY m.id DESC LIMIT $7`,
		s.d.list(states), before, len(states), string(f.Kind), emailKey(f.To), f.Day.String(), limit)
}

// Message returns one message with its items, or [tertial.ErrNotFound].
func (s *Store) Message(ctx context.Context, id int64) (tertial.Message, error) {
	all, err := s.readMessages(ctx, s.r, `SELECT `+messageColumns+` FROM messages m WHERE m.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: there is no message %d", tertial.ErrNotFound, id)
	}
	if err != nil {
		return tertial.Message{}, s.failed(ctx, "reading a message", err)
	}
	return all[0], nil
}

func (s *Store) readMessages(ctx context.Context, q querier, query string, args ...any) ([]tertial.Message, error) {
	var rows []messageRow
	if err := q.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	messages, ids := make([]tertial.Message, len(rows)), make([]int64, len(rows))
	for i := range rows {
		var err error
		if messages[i], err = rows[i].noun(); err != nil {
			return nil, err
		}
		ids[i] = rows[i].ID
	}
	if len(ids) == 0 {
		return messages, nil
	}
	items, err := s.items(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		if some := items[messages[i].ID]; some != nil {
			messages[i].Items = some
		}
	}
	return messages, nil
}

// Retry has a message that failed or expired tried again: its notices join the reader's next mail, and any other mail is
// queued as it is. One that is queued or unknown is tried at once. What was sent is refused.
func (s *Store) Retry(ctx context.Context, stamp tertial.Stamp, id int64) error {
	return s.write(ctx, fmt.Sprintf("trying message %d again", id), stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		var m messageRow
		err := t.GetContext(ctx, &m, `SELECT `+messageColumns+` FROM messages m WHERE m.id = $1`+s.d.forUpdate, id)
		if err != nil {
			return notFound(fmt.Sprintf("there is no message %d", id), err)
		}
		t.wake()
		again := m.State == tertial.MessageFailed || m.State == tertial.MessageExpired
		switch {
		case m.State == tertial.MessageQueued || m.State == tertial.MessageUnknown || again && m.Kind != tertial.Reminder:
			_, err = t.exec(ctx, `UPDATE messages SET next_try = $1, error = '', ended_at = NULL,
				state = CASE state WHEN 'unknown' THEN 'unknown' ELSE 'queued' END WHERE id = $2`, instantOf(stamp.At), id)
		case again:
			err = t.owe(ctx, id)
		default:
			return fmt.Errorf("%w: message %d is %s", tertial.ErrRefused, id, m.State)
		}
		if err != nil {
			return err
		}
		return t.note(fmt.Sprintf("message %d", id), "retried", struct{}{})
	})
}

// owe makes the failed notices of a message owed again, as if never tried.
func (t *txn) owe(ctx context.Context, message int64) error {
	n, err := t.exec(ctx, `UPDATE notices SET state = 'owed', days = 0, message_id = NULL, why = ''
		WHERE state = 'failed' AND id IN (SELECT notice_id FROM message_items WHERE message_id = $1)`, message)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%w: nothing in message %d is owed any more", tertial.ErrRefused, message)
	}
	return t.lookWhere(ctx, `a.id IN (SELECT n.action_id FROM message_items i JOIN notices n ON n.id = i.notice_id WHERE i.message_id = $3)`, message)
}
