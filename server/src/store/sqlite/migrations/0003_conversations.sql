-- The Convi side: what visitors and the team say, and what the assistant may do by itself.

CREATE TABLE conversation (
    id            TEXT PRIMARY KEY,
    merchant      TEXT NOT NULL,
    -- open | handed_over | resolved
    state         TEXT NOT NULL,
    shopper_name  TEXT,
    shopper_email TEXT,
    -- Where asking for an address stands, as JSON (ability/email_capture.rs).
    capture       TEXT NOT NULL,
    page_url      TEXT,
    order_number  TEXT,
    -- The last message on one line.
    preview       TEXT NOT NULL,
    -- What is searched, in lower case: name and address.
    folded        TEXT NOT NULL,
    -- The last message's number.
    messages      INTEGER NOT NULL,
    -- The last message that went into the handover or a part of it.
    handed_up_to  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    active_at     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX conversation_active ON conversation (merchant, active_at DESC, id DESC);
CREATE INDEX conversation_state ON conversation (merchant, state, active_at DESC, id DESC);

CREATE TABLE message (
    conversation TEXT NOT NULL REFERENCES conversation (id),
    -- Counts up from 1.
    number       INTEGER NOT NULL,
    author       TEXT NOT NULL,
    name         TEXT,
    -- The sender's own id, which makes a repeated message one.
    key          TEXT,
    text         TEXT NOT NULL,
    -- The same in lower case, for the search.
    folded       TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation, number),
    UNIQUE (conversation, key)
) WITHOUT ROWID;

-- Only the SHA-256 of a visitor's token is kept.
CREATE TABLE visitor (
    token        BLOB PRIMARY KEY,
    merchant     TEXT NOT NULL,
    conversation TEXT,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE ability (
    merchant      TEXT PRIMARY KEY,
    -- JSON (app/src/model/ability.rs).
    handover      TEXT,
    email_capture TEXT,
    faqs          TEXT,
    handover_uses INTEGER NOT NULL DEFAULT 0,
    email_uses    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
