-- +goose Up

-- Instants are milliseconds since 1970 in UTC, NULL for never. Civil dates are
-- text, YYYY-MM-DD, and the empty text for no date.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE roles (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    key  TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE persons (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL UNIQUE,
    language   TEXT NOT NULL DEFAULT '',
    frequency  TEXT NOT NULL DEFAULT 'daily',
    manager_id BIGINT REFERENCES persons (id),
    deputy_id  BIGINT REFERENCES persons (id),
    away_from  TEXT NOT NULL DEFAULT '',
    away_to    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX persons_manager ON persons (manager_id) WHERE manager_id IS NOT NULL;
CREATE INDEX persons_deputy ON persons (deputy_id) WHERE deputy_id IS NOT NULL;

CREATE TABLE holdings (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    role_id   BIGINT NOT NULL REFERENCES roles (id),
    from_date TEXT NOT NULL DEFAULT '',
    to_date   TEXT NOT NULL DEFAULT '',
    UNIQUE (person_id, role_id, from_date)
);
CREATE INDEX holdings_role ON holdings (role_id);

CREATE TABLE assessments (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    unit      TEXT NOT NULL,
    unit_key  TEXT NOT NULL,
    standard  TEXT NOT NULL,
    plan_year INTEGER NOT NULL,
    dated     TEXT NOT NULL,
    source    TEXT NOT NULL,
    sha256    TEXT NOT NULL UNIQUE,
    stored_at BIGINT NOT NULL,
    UNIQUE (unit_key, plan_year)
);

CREATE TABLE findings (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    assessment_id BIGINT NOT NULL REFERENCES assessments (id) ON DELETE CASCADE,
    ord           INTEGER NOT NULL,
    clause        TEXT NOT NULL,
    conformity    TEXT NOT NULL,
    requirement   TEXT NOT NULL,
    observation   TEXT NOT NULL,
    proposal      TEXT NOT NULL,
    owner         TEXT NOT NULL,
    priority      TEXT NOT NULL,
    timing        TEXT NOT NULL,
    line          INTEGER NOT NULL,
    UNIQUE (assessment_id, ord)
);

-- clauses, events and review are lists of words with a space between; the
-- tables action_clauses and action_events are what a search goes by.
CREATE TABLE actions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    assessment_id BIGINT REFERENCES assessments (id),
    ref           TEXT NOT NULL UNIQUE,
    sort_key      TEXT NOT NULL UNIQUE,
    plan_year     INTEGER NOT NULL,
    chapter       TEXT NOT NULL,
    clauses       TEXT NOT NULL,
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    search        TEXT NOT NULL,
    status        TEXT NOT NULL,
    priority      TEXT NOT NULL,
    timing_text   TEXT NOT NULL,
    start_date    TEXT NOT NULL,
    due           TEXT NOT NULL,
    recurrence    TEXT NOT NULL,
    certainty     TEXT NOT NULL,
    events        TEXT NOT NULL,
    checkpoints   TEXT NOT NULL,
    why           TEXT NOT NULL,
    due_given     BOOLEAN NOT NULL DEFAULT FALSE,
    dated         TEXT NOT NULL,
    review        TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    progress      TEXT NOT NULL DEFAULT '',
    note          TEXT NOT NULL DEFAULT '',
    progress_at   BIGINT,
    version       INTEGER NOT NULL DEFAULT 1,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    -- what a look goes by: see docs/reminders.md
    activated_at  BIGINT,
    reopened      BOOLEAN NOT NULL DEFAULT FALSE,
    reported_at   BIGINT,
    due_since     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX actions_review ON actions (sort_key) WHERE review <> '';

-- What a look moves, one row an action, apart so that a look writes little.
CREATE TABLE looks (
    action_id INTEGER PRIMARY KEY REFERENCES actions (id) ON DELETE CASCADE,
    look_at   BIGINT,
    looked    TEXT NOT NULL DEFAULT '',
    escalated TEXT NOT NULL DEFAULT ''
);
CREATE INDEX looks_due ON looks (look_at, action_id) WHERE look_at IS NOT NULL;

CREATE TABLE action_clauses (
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    clause    TEXT NOT NULL,
    PRIMARY KEY (action_id, clause)
) WITHOUT ROWID;
CREATE INDEX action_clauses_clause ON action_clauses (clause);

CREATE TABLE action_events (
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    event     TEXT NOT NULL,
    PRIMARY KEY (action_id, event)
) WITHOUT ROWID;
CREATE INDEX action_events_event ON action_events (event);

CREATE TABLE action_parties (
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    ord       INTEGER NOT NULL,
    part      TEXT NOT NULL,
    role_id   BIGINT NOT NULL REFERENCES roles (id),
    written   TEXT NOT NULL,
    PRIMARY KEY (action_id, ord)
) WITHOUT ROWID;
CREATE INDEX action_parties_role ON action_parties (role_id);

CREATE TABLE steps (
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    ord       INTEGER NOT NULL,
    title     TEXT NOT NULL,
    done      BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (action_id, ord)
) WITHOUT ROWID;

CREATE TABLE answers (
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    person_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (action_id, person_id)
) WITHOUT ROWID;

-- A look writes the next tables, a thousand rows at a time, of actions that it has locked and
-- messages that it has made. Neither is ever deleted, so the references are not checked.
CREATE TABLE informed (
    action_id   BIGINT NOT NULL,
    slot_person BIGINT NOT NULL,
    slot_role   BIGINT NOT NULL,
    PRIMARY KEY (action_id, slot_person, slot_role)
) WITHOUT ROWID;

CREATE TABLE messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    person_id   BIGINT,
    address     TEXT NOT NULL,
    address_key TEXT NOT NULL,
    key         TEXT NOT NULL,
    day         TEXT NOT NULL,
    name        TEXT NOT NULL,
    language    TEXT NOT NULL,
    state       TEXT NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    message_id  TEXT NOT NULL DEFAULT '',
    facts       TEXT NOT NULL DEFAULT '',
    error       TEXT NOT NULL DEFAULT '',
    attempts    INTEGER NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    sent_at     BIGINT,
    ended_at    BIGINT,
    next_try    BIGINT,
    fence       BIGINT NOT NULL DEFAULT 0,
    worker      TEXT NOT NULL DEFAULT '',
    lease_until BIGINT,
    UNIQUE (kind, address_key, key)
);
CREATE INDEX messages_ready ON messages (next_try, id) WHERE state IN ('queued', 'unknown');
CREATE INDEX messages_open ON messages (state, day) WHERE state IN ('composing', 'queued', 'sending', 'unknown');
CREATE INDEX messages_ended ON messages (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE notices (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    action_id   BIGINT NOT NULL,
    on_date     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    target      TEXT NOT NULL,
    slot_person BIGINT NOT NULL,
    slot_role   BIGINT NOT NULL,
    state       TEXT NOT NULL,
    days        INTEGER NOT NULL DEFAULT 0,
    message_id  BIGINT,
    why         TEXT NOT NULL DEFAULT '',
    UNIQUE (action_id, on_date, kind, target, slot_person, slot_role)
);
CREATE INDEX notices_owed ON notices (action_id) WHERE state IN ('owed', 'failed') AND days >= 0;
CREATE INDEX notices_message ON notices (message_id) WHERE message_id IS NOT NULL;

-- One row of a mail: the facts of its item, and why it was left out.
CREATE TABLE message_items (
    message_id BIGINT NOT NULL,
    notice_id  BIGINT NOT NULL,
    item       TEXT NOT NULL,
    left_out   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, notice_id)
) WITHOUT ROWID;

CREATE TABLE attempts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    fence      BIGINT NOT NULL,
    worker     TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    marked_at  BIGINT,
    started_at BIGINT,
    ended_at   BIGINT,
    verdict    TEXT NOT NULL DEFAULT '',
    phase      TEXT NOT NULL DEFAULT '',
    code       INTEGER NOT NULL DEFAULT 0,
    enhanced   TEXT NOT NULL DEFAULT '',
    reply      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX attempts_message ON attempts (message_id);

CREATE TABLE wheel_dates (
    key   TEXT NOT NULL,
    year  INTEGER NOT NULL,
    date  TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT '',
    given BOOLEAN NOT NULL,
    PRIMARY KEY (key, year)
) WITHOUT ROWID;

CREATE TABLE job_runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    job        TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    result     TEXT NOT NULL,
    error      TEXT NOT NULL
);
CREATE INDEX job_runs_job ON job_runs (job, id);

CREATE TABLE log (
    seq     INTEGER PRIMARY KEY,
    made_at BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    via     TEXT NOT NULL,
    subject TEXT NOT NULL,
    verb    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE INDEX log_subject ON log (subject, seq);

CREATE TABLE log_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO log_head (id, seq, hash) VALUES (1, 0, '');

-- +goose StatementBegin
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_is_never_deleted BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
