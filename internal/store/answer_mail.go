package store

import (
	"context"
	"fmt"
	"strconv"

	"tertial/internal/tertial"
)

// Mails about answers are kept by the number of the answer: a hand-over asks once, a decision is told once.

func answerKey(id int64) string { return strconv.FormatInt(id, 10) }

// askToTakeOver puts the mail into the outbox that asks whether somebody takes an action over.
func (t *txn) askToTakeOver(ctx context.Context, a *tertial.Answer) error {
	return t.mailAnswer(ctx, tertial.HandOverMail, a, a.To)
}

// tellDecision puts the mail into the outbox that tells who answered what was decided.
func (t *txn) tellDecision(ctx context.Context, a *tertial.Answer) error {
	var address string
	if err := t.GetContext(ctx, &address, `SELECT email FROM persons WHERE id = $1`, a.PersonID); err != nil {
		return fmt.Errorf("reading whom to tell of a decision: %w", err)
	}
	return t.mailAnswer(ctx, tertial.DecisionMail, a, address)
}

// mailAnswer puts a mail about an answer into the outbox, due at once. Who is known is written to by name and in their language, anybody
// else in that of who answered.
func (t *txn) mailAnswer(ctx context.Context, kind tertial.MessageKind, a *tertial.Answer, address string) error {
	var people []personRow
	if err := t.SelectContext(ctx, &people, selectPersons+`WHERE p.email_key = $1 OR p.id = $2`, emailKey(address), a.PersonID); err != nil {
		return fmt.Errorf("reading whom a mail is for: %w", err)
	}
	var person link
	var name, language string
	for _, p := range people {
		if emailKey(p.Email) == emailKey(address) {
			person, name, language = link(p.ID), p.Name, p.Language
			break
		}
		language = p.Language
	}
	facts, err := jsonText(tertial.Facts{Answer: a})
	if err != nil {
		return fmt.Errorf("storing the facts of a message: %w", err)
	}
	at := instantOf(t.stamp.At)
	row := insert("messages", `kind TEXT, person_id BIGINT, address TEXT, address_key TEXT, key TEXT, day TEXT, name TEXT, language TEXT,
		state TEXT, facts TEXT, created_at BIGINT, next_try BIGINT`, `ON CONFLICT (kind, address_key, key) DO NOTHING`)
	row.add(string(kind), person, address, emailKey(address), answerKey(a.ID), t.s.day(t.stamp.At), name, language,
		tertial.MessageQueued, facts, at, at)
	if _, err := row.run(ctx, t); err != nil {
		return fmt.Errorf("putting mail into the outbox: %w", err)
	}
	t.wake()
	return nil
}

// voidHandOver ends the mail that asks for a hand-over which is no longer asked for, if it has not gone yet.
func (t *txn) voidHandOver(ctx context.Context, answer int64, address string) error {
	if address == "" {
		return nil
	}
	_, err := t.exec(ctx, `UPDATE messages SET state = 'void', ended_at = $1, next_try = NULL, error = 'the answer was taken back'
		WHERE kind = 'handover' AND address_key = $2 AND key = $3 AND state = 'queued'`, instantOf(t.stamp.At), emailKey(address), answerKey(answer))
	if err != nil {
		return fmt.Errorf("ending a mail: %w", err)
	}
	return nil
}
