package store

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// noSuchAddress reports whether a server refused the address that was written to because it does not exist.
func noSuchAddress(o *tertial.Outcome) bool {
	b := tertial.Bounce{Action: "failed", Status: o.Enhanced}
	return o.Verdict == tertial.Refused && o.Phase == tertial.PhaseRcpt && b.NoSuchAddress()
}

// suspectAddress notes that the address of a message is thought to be wrong, on the person who has it. It is noted once, until the person has
// another address; the log names the person by id and the reason by its code, for the server's words may hold the address.
func (t *txn) suspectAddress(ctx context.Context, message int64, status, why string) error {
	var people []int64
	err := t.SelectContext(ctx, &people, `UPDATE persons SET suspect = $2
		WHERE suspect = '' AND email_key = (SELECT address_key FROM messages WHERE id = $1) RETURNING id`, message, why)
	if err != nil {
		return fmt.Errorf("noting an address that is not known: %w", err)
	}
	for _, id := range people {
		if err := t.note(fmt.Sprintf("person %d", id), "suspect", map[string]any{"message": message, "status": status}); err != nil {
			return err
		}
	}
	return nil
}
