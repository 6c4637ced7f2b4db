-- What agents wrote on our tickets, for the shopper: each message once for each handover.
CREATE TABLE answer (
    handover   TEXT NOT NULL REFERENCES handover (id),
    -- Counts up from 1.
    number     INTEGER NOT NULL,
    account    TEXT NOT NULL,
    -- The helpdesk's number of the message, and of the ticket that it is on.
    message    INTEGER NOT NULL,
    ticket     INTEGER NOT NULL,
    -- The agent's first name.
    author     TEXT,
    -- Empty once it was removed.
    text       TEXT NOT NULL,
    -- By the helpdesk's clock.
    written_at INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL,
    PRIMARY KEY (handover, number),
    UNIQUE (handover, account, message)
) WITHOUT ROWID;

-- Which accounts are asked for answers, and when (domain/src/answer.rs).
CREATE TABLE answer_watch (
    account TEXT PRIMARY KEY,
    -- Everything written before this, by the helpdesk's clock, was read.
    read_to INTEGER NOT NULL,
    busy_at INTEGER NOT NULL,
    seen_at INTEGER,
    -- NULL: no longer.
    next_at INTEGER
) WITHOUT ROWID;

CREATE INDEX answer_watch_due ON answer_watch (next_at) WHERE next_at IS NOT NULL;

-- The tickets into which handovers' own tickets were merged, where a ticket itself does not tell.
CREATE TABLE answer_place (
    account  TEXT NOT NULL,
    ticket   INTEGER NOT NULL,
    handover TEXT NOT NULL,
    PRIMARY KEY (account, ticket, handover)
) WITHOUT ROWID;
