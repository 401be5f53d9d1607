package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"tertial/internal/tertial"
)

// evidenceRow is a file without its bytes.
type evidenceRow struct {
	ID         int64   `db:"id"`
	ActionID   int64   `db:"action_id"`
	ResponseID link    `db:"response_id"`
	PersonID   link    `db:"person_id"`
	Name       string  `db:"name"`
	Type       string  `db:"type"`
	Size       int64   `db:"size"`
	SHA256     string  `db:"sha256"`
	AddedAt    instant `db:"added_at"`
	Ref        string  `db:"ref"`
	Person     string  `db:"person"`
}

// selectEvidence is followed by joins and conditions on e, the action a and the person p.
const selectEvidence = `SELECT e.id, e.action_id, e.response_id, e.person_id, e.name, e.type, e.size, e.sha256, e.added_at,
		a.ref, COALESCE(p.name, '') AS person
	FROM evidence e JOIN actions a ON a.id = e.action_id LEFT JOIN persons p ON p.id = e.person_id `

func (r *evidenceRow) noun() tertial.Evidence {
	return tertial.Evidence{ID: r.ID, Ref: r.Ref, AnswerID: int64(r.ResponseID), PersonID: int64(r.PersonID), Person: r.Person,
		Name: r.Name, Type: r.Type, Size: r.Size, SHA256: r.SHA256, At: r.AddedAt.noun()}
}

// evidence runs a query that begins with selectEvidence.
func (s *Store) evidence(ctx context.Context, q querier, conditions string, args ...any) ([]tertial.Evidence, error) {
	var rows []evidenceRow
	if err := q.SelectContext(ctx, &rows, selectEvidence+conditions, args...); err != nil {
		return nil, fmt.Errorf("reading evidence: %w", err)
	}
	files := make([]tertial.Evidence, len(rows))
	for i := range rows {
		files[i] = rows[i].noun()
	}
	return files, nil
}

// ActionEvidence lists the files that belong to an action, in the order in which they came; what was taken back is not among
// them. An action that does not exist is [tertial.ErrNotFound].
func (s *Store) ActionEvidence(ctx context.Context, ref string) ([]tertial.Evidence, error) {
	id, err := s.actionID(ctx, s.r, ref)
	if err != nil {
		return nil, s.failed(ctx, "listing evidence", err)
	}
	files, err := s.evidence(ctx, s.r, `WHERE e.action_id = $1 AND e.removed_at IS NULL ORDER BY e.id`, id)
	return files, s.failed(ctx, "listing evidence", err)
}

// OpenEvidence returns a file with its bytes, [tertial.ErrNotFound] where there is none or it was taken back. They are
// checked against the hash under which they were stored.
func (s *Store) OpenEvidence(ctx context.Context, id int64) (tertial.Evidence, io.ReadCloser, error) {
	doing := fmt.Sprintf("opening evidence %d", id)
	files, err := s.evidence(ctx, s.r, `WHERE e.id = $1 AND e.removed_at IS NULL`, id)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%w: there is no such file", tertial.ErrNotFound)
	}
	if err != nil {
		return tertial.Evidence{}, nil, s.failed(ctx, doing, err)
	}
	f := files[0]
	var content []byte
	if err := s.r.GetContext(ctx, &content, `SELECT content FROM evidence_content WHERE sha256 = $1`, f.SHA256); err != nil {
		return tertial.Evidence{}, nil, s.failed(ctx, doing, notFound("there is no such file", err))
	}
	if hashOf(content) != f.SHA256 {
		return tertial.Evidence{}, nil, fmt.Errorf("%s: its bytes are not those that were stored", doing)
	}
	return f, io.NopCloser(bytes.NewReader(content)), nil
}

// AddEvidence adds a file to an action, closed or not; who may is for the caller to say, and person is 0 where it is nobody known.
// The same file again, under the same name, changes nothing.
func (s *Store) AddEvidence(ctx context.Context, stamp tertial.Stamp, ref string, person int64, file tertial.Upload) (tertial.Evidence, error) {
	checked, err := checkUploads([]tertial.Upload{file})
	if err != nil {
		return tertial.Evidence{}, err
	}
	var added tertial.Evidence
	err = s.write(ctx, "adding evidence to action "+cut(ref), stamp, func(t *txn) error {
		l, err := s.loadAction(ctx, t, ref, s.d.forUpdate)
		if err != nil {
			return err
		}
		there, err := s.evidence(ctx, t, `WHERE e.action_id = $1 AND e.sha256 = $2 AND e.name = $3 AND e.removed_at IS NULL ORDER BY e.id LIMIT 1`,
			l.action.ID, hashOf(checked[0].Content), checked[0].Name)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			added = there[0]
			return nil
		}
		kept, err := t.keepEvidence(ctx, &l.action, 0, person, checked)
		if err != nil {
			return err
		}
		added = kept[0]
		return nil
	})
	return added, err
}

// keepEvidence stores checked files of an action, and logs each. Of bytes that are there already none are stored.
func (t *txn) keepEvidence(ctx context.Context, a *tertial.Action, response, person int64, files []tertial.Upload) ([]tertial.Evidence, error) {
	ids, err := t.takeIDs(ctx, "evidence", len(files))
	if err != nil {
		return nil, fmt.Errorf("taking ids: %w", err)
	}
	rows := insert("evidence", `id BIGINT, action_id BIGINT, response_id BIGINT, person_id BIGINT, name TEXT, type TEXT, size BIGINT,
		sha256 TEXT, added_at BIGINT`, ``)
	kept := make([]tertial.Evidence, len(files))
	for i, f := range files {
		e := tertial.Evidence{ID: ids[i], Ref: a.Ref, AnswerID: response, PersonID: person, Name: f.Name, Type: f.Type,
			Size: int64(len(f.Content)), SHA256: hashOf(f.Content), At: tertial.Instant{Time: t.stamp.At}}
		if err := t.keepBytes(ctx, e.SHA256, f.Content); err != nil {
			return nil, err
		}
		rows.add(e.ID, a.ID, link(response), link(person), e.Name, e.Type, e.Size, e.SHA256, instantOf(t.stamp.At))
		if err := t.note("action "+a.Ref, "evidence added", evidenceNote{e.ID, e.SHA256, e.Type, e.Size}); err != nil {
			return nil, err
		}
		kept[i] = e
	}
	if _, err := rows.run(ctx, t); err != nil {
		return nil, fmt.Errorf("storing evidence: %w", err)
	}
	return kept, nil
}

// evidenceNote is what the log keeps of a file: enough to prove later that these were the bytes.
type evidenceNote struct {
	ID     int64  `json:"evidence"`
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
}

// keepBytes stores the bytes of a file where they are not there yet, and holds them until the transaction's end: whoever
// removes the last file with the same bytes at this moment waits, or has removed them before.
func (t *txn) keepBytes(ctx context.Context, sha string, content []byte) error {
	for {
		held, err := t.holdBytes(ctx, sha)
		if err != nil || held {
			return err
		}
		n, err := t.exec(ctx, `INSERT INTO evidence_content (sha256, content) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING`, sha, content)
		if err != nil {
			return fmt.Errorf("storing the bytes of evidence: %w", err)
		}
		if n > 0 {
			return nil
		}
	}
}

// holdBytes locks the bytes of a file, and reports whether they are there.
func (t *txn) holdBytes(ctx context.Context, sha string) (bool, error) {
	var there string
	err := t.GetContext(ctx, &there, `SELECT sha256 FROM evidence_content WHERE sha256 = $1`+t.s.d.forUpdate, sha)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the bytes of evidence: %w", err)
	}
	return true, nil
}

// removeEvidence takes back the files that came with an answer. Their rows stay; bytes that no other file has are gone at once: what
// was sent by mistake is nothing to keep.
func (t *txn) removeEvidence(ctx context.Context, response int64) error {
	var hashes []string
	err := t.SelectContext(ctx, &hashes, `SELECT DISTINCT sha256 FROM evidence WHERE response_id = $1 AND removed_at IS NULL ORDER BY sha256`, response)
	if err != nil {
		return fmt.Errorf("reading evidence: %w", err)
	}
	if len(hashes) == 0 {
		return nil
	}
	if _, err := t.exec(ctx, `UPDATE evidence SET removed_at = $2 WHERE response_id = $1 AND removed_at IS NULL`, response, instantOf(t.stamp.At)); err != nil {
		return fmt.Errorf("removing evidence: %w", err)
	}
	for _, sha := range hashes {
		if _, err := t.holdBytes(ctx, sha); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM evidence_content WHERE sha256 = $1
			AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.sha256 = $1 AND e.removed_at IS NULL)`, sha)
		if err != nil {
			return fmt.Errorf("removing the bytes of evidence: %w", err)
		}
	}
	return nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
