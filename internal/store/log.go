package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"tertial/internal/tertial"
)

// entry is one row of the log. Its hash is over what logged writes, so the text of
// detail is kept as it was made.
type entry struct {
	Seq     int64   `db:"seq"`
	At      instant `db:"made_at"`
	By      string  `db:"actor"`
	Via     string  `db:"via"`
	Subject string  `db:"subject"`
	Verb    string  `db:"verb"`
	Detail  string  `db:"detail"`
	Hash    string  `db:"hash"`
}

const entryColumns = `seq, made_at, actor, via, subject, verb, detail, hash`

// chain returns the hash of the entry that follows previous: SHA-256 over that hash, a
// line break and the entry's fields as a JSON list, the instant in milliseconds.
func (e *entry) chain(previous string) string {
	b := make([]byte, 0, 512)
	b = append(b, previous...)
	b = append(b, "\n["...)
	b = strconv.AppendInt(b, e.Seq, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, e.At.UnixMilli(), 10)
	for _, field := range [...]string{e.By, e.Via, e.Subject, e.Verb, e.Detail} {
		b = append(b, ',')
		b = appendJSON(b, field)
	}
	sum := sha256.Sum256(append(b, ']'))
	return hex.EncodeToString(sum[:])
}

// appendLog writes what the transaction noted and moves the head. It is the last thing
// a transaction does: whoever holds the head's row is about to commit.
func (t *txn) appendLog(ctx context.Context) error {
	if len(t.entries) == 0 {
		return nil
	}
	var head entry
	if err := t.GetContext(ctx, &head, `SELECT seq, hash FROM log_head WHERE id = 1`+t.s.d.forUpdate); err != nil {
		return fmt.Errorf("reading the head of the log: %w", err)
	}
	rows := insert("log", `seq BIGINT, made_at BIGINT, actor TEXT, via TEXT, subject TEXT, verb TEXT, detail TEXT, hash TEXT`, ``)
	for i := range t.entries {
		e := &t.entries[i]
		e.Seq, e.At, e.By, e.Via = head.Seq+1, instantOf(t.stamp.At), t.stamp.By, t.stamp.Via
		e.Hash = e.chain(head.Hash)
		rows.add(e.Seq, e.At, e.By, e.Via, e.Subject, e.Verb, e.Detail, e.Hash)
		head = *e
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	_, err := t.exec(ctx, `UPDATE log_head SET seq = $1, hash = $2 WHERE id = 1`, head.Seq, head.Hash)
	return err
}

func (e *entry) noun() tertial.Entry {
	return tertial.Entry{Seq: e.Seq, At: e.At.noun(), By: e.By, Via: e.Via, Subject: e.Subject,
		Verb: e.Verb, Detail: json.RawMessage(e.Detail), Hash: e.Hash}
}

// Log yields the log in its order: all of it, or where ref is given what concerns one
// action, the mails about it included.
func (s *Store) Log(ctx context.Context, ref string) iter.Seq2[tertial.Entry, error] {
	return func(yield func(tertial.Entry, error) bool) {
		for e, err := range s.entries(ctx, ref) {
			if err != nil {
				yield(tertial.Entry{}, err)
				return
			}
			if !yield(e.noun(), nil) {
				return
			}
		}
	}
}

const logPortion = 1000

func (s *Store) entries(ctx context.Context, ref string) iter.Seq2[*entry, error] {
	query := `SELECT ` + entryColumns + ` FROM log WHERE seq > $1 ORDER BY seq LIMIT $2`
	args := []any{int64(0), logPortion}
	if ref != "" {
		query = `SELECT ` + entryColumns + ` FROM log WHERE seq > $1 AND subject IN (
			SELECT 'action ' || $3
			UNION ALL
			SELECT 'message ' || CAST(n.message_id AS TEXT)
			FROM actions a JOIN notices n ON n.action_id = a.id
			WHERE a.ref = $3 AND n.message_id IS NOT NULL
		) ORDER BY seq LIMIT $2`
		args = append(args, ref)
	}
	return func(yield func(*entry, error) bool) {
		for {
			var portion []entry
			if err := s.r.SelectContext(ctx, &portion, query, args...); err != nil {
				yield(nil, s.failed(ctx, "reading the log", err))
				return
			}
			for i := range portion {
				if !yield(&portion[i], nil) {
					return
				}
			}
			if len(portion) < logPortion {
				return
			}
			args = slices.Clone(args)
			args[0] = portion[len(portion)-1].Seq
		}
	}
}

// VerifyLog walks the whole log and recomputes its chain. It returns how many
// entries stand in it, and the number of the first that is not as it was written or is
// missing, 0 where all is well.
func (s *Store) VerifyLog(ctx context.Context) (entries, firstBad int64, err error) {
	var head entry
	if err := s.r.GetContext(ctx, &head, `SELECT seq, hash FROM log_head WHERE id = 1`); err != nil {
		return 0, 0, s.failed(ctx, "reading the head of the log", notFound("the head of the log", err))
	}
	last := entry{}
	for e, err := range s.entries(ctx, "") {
		if err != nil {
			return 0, 0, err
		}
		entries++
		if firstBad != 0 {
			continue
		}
		if e.Seq != last.Seq+1 || e.Hash != e.chain(last.Hash) {
			firstBad = last.Seq + 1
		}
		if e.Seq == head.Seq && e.Hash != head.Hash && firstBad == 0 {
			firstBad = e.Seq
		}
		last = *e
	}
	// What was appended since the head was read is no fault; what is missing at the end is.
	if firstBad == 0 && last.Seq < head.Seq {
		firstBad = last.Seq + 1
	}
	return entries, firstBad, nil
}
