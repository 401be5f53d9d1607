-- +goose Up

-- A day's mail changes every row that the day has made, so that as much room is left beside each.
ALTER TABLE notices SET (fillfactor = 50);

-- Of mails that have ended nothing is looked for by when they did, but those that have something to forget. A mail that
-- is sent then touches one index less.
DROP INDEX messages_ended;
CREATE INDEX messages_facts ON messages (ended_at) WHERE facts <> '';
