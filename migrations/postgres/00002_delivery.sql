-- +goose Up

-- Why an address is thought to be wrong, and nothing where it is not.
ALTER TABLE persons ADD COLUMN suspect TEXT NOT NULL DEFAULT '';

-- The try that is under way stands in the message itself: since when, and since when its final dot may have gone. In
-- doubt_at stands the mark of an earlier try after which nobody knows whether the server has the mail. The ledger gets a
-- try when it has ended.
ALTER TABLE messages ADD COLUMN claimed_at BIGINT;
ALTER TABLE messages ADD COLUMN marked_at BIGINT;
ALTER TABLE messages ADD COLUMN doubt_at BIGINT;
UPDATE messages SET claimed_at = a.claimed_at, marked_at = a.marked_at
    FROM attempts a WHERE a.message_id = messages.id AND a.fence = messages.fence AND messages.state = 'sending';
UPDATE messages SET doubt_at = (SELECT MAX(d.marked_at) FROM attempts d WHERE d.message_id = messages.id AND d.verdict IN ('crashed', 'unknown'))
    WHERE state IN ('sending', 'unknown');
DELETE FROM attempts WHERE ended_at IS NULL AND EXISTS (
    SELECT 1 FROM messages m WHERE m.id = attempts.message_id AND m.fence = attempts.fence AND m.state = 'sending');

-- A try is known by its message and fence. Messages are never deleted, so that the reference need not be checked.
CREATE UNIQUE INDEX attempts_try ON attempts (message_id, fence);
DROP INDEX attempts_message;
ALTER TABLE attempts DROP CONSTRAINT attempts_message_id_fkey;

-- Whether a look has to know of a notice: what the index goes by. Being told then touches no index.
ALTER TABLE notices ADD COLUMN waiting BOOLEAN GENERATED ALWAYS AS (state IN ('owed', 'failed') AND days >= 0) STORED;
DROP INDEX notices_owed;
CREATE INDEX notices_waiting ON notices (action_id) WHERE waiting;

-- What touches no index is changed where it stands, if there is room beside it.
ALTER TABLE messages SET (fillfactor = 60);
ALTER TABLE notices SET (fillfactor = 70);
