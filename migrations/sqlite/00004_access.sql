-- +goose Up

-- Who is let in. Of a session only the hash of its secret is kept, of a program's token likewise; the secrets of a
-- request to be let in are made from its row and kept nowhere.

CREATE TABLE sessions (
    key        TEXT NOT NULL PRIMARY KEY,
    person_id  BIGINT REFERENCES persons (id) ON DELETE CASCADE,
    agent      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    data       BLOB NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE sign_ins (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  BIGINT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    email_key  TEXT NOT NULL,
    agent      TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT,
    tries      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sign_ins_asked ON sign_ins (email_key, asked_at);
CREATE INDEX sign_ins_person ON sign_ins (person_id);

CREATE TABLE accounts (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX accounts_person ON accounts (person_id);

CREATE TABLE api_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    scopes     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at    BIGINT,
    revoked_at BIGINT
);

-- What a person's calendar is signed with: the next number makes its old address worthless.
ALTER TABLE persons ADD COLUMN calendar_serial BIGINT NOT NULL DEFAULT 1;

-- What titles are sorted by: without regard to case, å, ä and ö last.
ALTER TABLE actions ADD COLUMN title_key TEXT GENERATED ALWAYS AS (
    LOWER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(SUBSTR(title, 1, 80),
        'Å', '{'), 'å', '{'), 'Ä', '|'), 'ä', '|'), 'Ö', '}'), 'ö', '}'), 'É', 'e'), 'é', 'e'))) VIRTUAL;

-- A list goes through one of these in its order, and finds in it what most filters ask of an action.
CREATE INDEX actions_by_clause ON actions (sort_key, status, priority, due, certainty, plan_year, assessment_id);
CREATE INDEX actions_by_due ON actions (due, sort_key, status, priority, certainty, plan_year);
CREATE INDEX actions_by_status ON actions (status, sort_key, priority, due, certainty, plan_year);
CREATE INDEX actions_by_priority ON actions (priority, sort_key, status, due, certainty, plan_year);
CREATE INDEX actions_by_title ON actions (title_key, sort_key, status, priority, due, certainty, plan_year);
CREATE INDEX actions_by_change ON actions (changed_at DESC, sort_key, status, priority, due, certainty, plan_year);
CREATE INDEX actions_assessment ON actions (assessment_id) WHERE assessment_id IS NOT NULL;

-- What is counted: how actions stand, and when they began.
CREATE INDEX actions_standing ON actions (due, certainty, status, created_at);
CREATE INDEX actions_begun ON actions (created_at, status, due, certainty);
CREATE INDEX actions_deviating ON actions (status) WHERE progress IN ('deviates', 'blocked');
CREATE INDEX actions_dates ON actions (certainty, status, due)
    WHERE certainty IN ('inferred', 'unconfirmed') AND status NOT IN ('done', 'cancelled', 'not_applicable');
CREATE INDEX actions_asking ON actions (sort_key) WHERE review <> '' AND status NOT IN ('done', 'cancelled', 'not_applicable');
CREATE INDEX findings_clause ON findings (assessment_id, clause);
CREATE INDEX log_turns ON log (verb, made_at) WHERE verb IN ('closed', 'reopened');
CREATE INDEX messages_undelivered ON messages (ended_at) WHERE state IN ('failed', 'expired') OR state = 'void' AND attempts > 0;
