-- +goose Up

-- What people have said about actions, each under the key of the form that it was said with. What the
-- answer changed is kept in undo, so that it can be taken back.
CREATE TABLE responses (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    key            TEXT NOT NULL UNIQUE,
    action_id      BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    person_id      BIGINT NOT NULL REFERENCES persons (id),
    kind           TEXT NOT NULL,
    said           TEXT NOT NULL,
    on_date        TEXT NOT NULL,
    to_address     TEXT NOT NULL,
    given_at       BIGINT NOT NULL,
    message_id     BIGINT,
    due            TEXT NOT NULL,
    made_version   INTEGER NOT NULL,
    undo           TEXT NOT NULL,
    undone_at      BIGINT,
    decision       TEXT NOT NULL DEFAULT '',
    decided_by     TEXT NOT NULL DEFAULT '',
    decided_person BIGINT,
    decided_at     BIGINT,
    decided_why    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX responses_action ON responses (action_id, id);
CREATE INDEX responses_person ON responses (person_id, action_id);
CREATE INDEX responses_waiting ON responses (id)
    WHERE decision = '' AND undone_at IS NULL AND kind IN ('new-date', 'hand-over');

-- Times in which a person is not reminded of an action, up to but without until_date, or, where that is empty, until
-- the response is decided on. Person 0 stands for a role that nobody holds.
CREATE TABLE quiets (
    action_id   BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    person_id   BIGINT NOT NULL,
    since_date  TEXT NOT NULL,
    until_date  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    response_id BIGINT NOT NULL,
    PRIMARY KEY (action_id, person_id)
) WITHOUT ROWID;

-- Files that show what was done. Their bytes are apart, once for all that have the same.
CREATE TABLE evidence (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    action_id   BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    response_id BIGINT,
    person_id   BIGINT,
    name        TEXT NOT NULL,
    type        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    added_at    BIGINT NOT NULL,
    removed_at  BIGINT
);
CREATE INDEX evidence_action ON evidence (action_id, id);
CREATE INDEX evidence_response ON evidence (response_id) WHERE response_id IS NOT NULL;
CREATE INDEX evidence_bytes ON evidence (sha256) WHERE removed_at IS NULL;

CREATE TABLE evidence_content (
    sha256  TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL
);
