-- Times are milliseconds since 1970 UTC. Ids are ours and sort by time. Every table that belongs to a merchant
-- says so, and every query by a person names the merchant.

CREATE TABLE connection (
    merchant     TEXT NOT NULL,
    helpdesk     TEXT NOT NULL,
    subdomain    TEXT NOT NULL,
    username     TEXT NOT NULL,
    -- The sealed API key and the master key that opens it (vault.rs).
    key_id       TEXT NOT NULL,
    sealed_key   BLOB NOT NULL,
    -- connected | needs_attention
    state        TEXT NOT NULL,
    problem      TEXT,
    reason       TEXT,
    receives     INTEGER NOT NULL,
    -- Raised with every change of the credentials: what an older version met says nothing about a newer one.
    version      INTEGER NOT NULL,
    -- When a connection that needs attention is tested again.
    recheck_at   INTEGER,
    rechecks     INTEGER NOT NULL DEFAULT 0,
    -- The held delivery that goes first when the connection works again; the others follow when it has.
    probe        TEXT,
    PRIMARY KEY (merchant, helpdesk)
) WITHOUT ROWID;

CREATE INDEX connection_recheck ON connection (recheck_at) WHERE recheck_at IS NOT NULL;

CREATE TABLE connection_change (
    id         INTEGER PRIMARY KEY,
    merchant   TEXT NOT NULL,
    helpdesk   TEXT NOT NULL,
    -- connected | changed | disconnected | broke | recovered
    action     TEXT NOT NULL,
    by_subject TEXT,
    by_name    TEXT,
    at         INTEGER NOT NULL
);

CREATE INDEX connection_change_newest ON connection_change (merchant, helpdesk, id);

CREATE TABLE handover (
    id              TEXT PRIMARY KEY,
    merchant        TEXT NOT NULL,
    conversation    TEXT NOT NULL,
    accepted_at     INTEGER NOT NULL,
    -- What the lists show, so that they need not read whole transcripts.
    subject         TEXT NOT NULL,
    summary         TEXT NOT NULL,
    -- The parsed handover as JSON (handover/body.rs).
    body            TEXT NOT NULL,
    UNIQUE (merchant, conversation)
) WITHOUT ROWID;

CREATE INDEX handover_newest ON handover (merchant, accepted_at DESC, id DESC);

-- What came later for a conversation that was handed over already, for the same ticket.
CREATE TABLE handover_addition (
    handover    TEXT NOT NULL REFERENCES handover (id),
    -- 1, 2, …: the part of each delivery that carries it.
    part        INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- The parsed addition as JSON (handover/addition.rs).
    body        TEXT NOT NULL,
    PRIMARY KEY (handover, part)
) WITHOUT ROWID;

-- Idempotency of POST /v1/handovers: the same id and bytes get the same answer.
CREATE TABLE ingest (
    webhook_id  TEXT PRIMARY KEY,
    body_hash   BLOB NOT NULL,
    handover    TEXT NOT NULL,
    answer      TEXT NOT NULL,
    received_at INTEGER NOT NULL
) WITHOUT ROWID;

-- handover/delivery.rs says what every column means; only it decides their values.
CREATE TABLE delivery (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    handover        TEXT NOT NULL REFERENCES handover (id),
    merchant        TEXT NOT NULL,
    destination     TEXT NOT NULL,
    -- 0: the ticket itself; 1, 2, …: what came later, in order.
    part            INTEGER NOT NULL,
    -- The part before it is not settled yet.
    blocked         INTEGER NOT NULL,
    account         TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    unsure_attempts INTEGER NOT NULL,
    waits           INTEGER NOT NULL,
    fence           INTEGER NOT NULL,
    not_after       INTEGER,
    lease_until     INTEGER,
    next_at         INTEGER,
    look_ups        INTEGER NOT NULL,
    give_up_at      INTEGER NOT NULL,
    needs_answer    INTEGER NOT NULL,
    without         TEXT NOT NULL,
    ticket          INTEGER,
    duplicates      TEXT NOT NULL,
    checks          INTEGER NOT NULL,
    last_error      TEXT,
    UNIQUE (handover, destination, part)
);

-- One index for each question of the dispatcher, so that its cost does not grow with what is done or held.
CREATE INDEX delivery_queued ON delivery (account, seq) WHERE state = 'queued' AND blocked = 0;
CREATE INDEX delivery_due ON delivery (account, state, next_at) WHERE next_at IS NOT NULL AND blocked = 0;
CREATE INDEX delivery_wake ON delivery (next_at, account) WHERE next_at IS NOT NULL AND blocked = 0;
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_open ON delivery (merchant, destination, state, seq)
    WHERE state NOT IN ('delivered');

-- Committed before the first byte of a request leaves: whoever finds a delivery unsure knows what was begun.
CREATE TABLE attempt (
    id        INTEGER PRIMARY KEY,
    delivery  TEXT NOT NULL,
    -- The fence it runs under.
    fence     INTEGER NOT NULL,
    -- create | mail | look_up | check
    kind      TEXT NOT NULL,
    number    INTEGER NOT NULL,
    account   TEXT NOT NULL,
    began_at  INTEGER NOT NULL,
    not_after INTEGER,
    ended_at  INTEGER,
    -- In words, without secrets and chat text.
    outcome   TEXT,
    UNIQUE (delivery, fence)
);

CREATE TABLE team (
    merchant TEXT PRIMARY KEY,
    email    TEXT
) WITHOUT ROWID;

-- Mails to the team that are no handover: a connection broke, a disconnect cancelled handovers.
CREATE TABLE notice (
    id         TEXT PRIMARY KEY,
    merchant   TEXT NOT NULL,
    -- JSON (store/notices.rs).
    body       TEXT NOT NULL,
    fence      INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX notice_due ON notice (next_at) WHERE next_at IS NOT NULL;

-- Only the SHA-256 of a session's id is kept: a stolen database signs nobody in.
CREATE TABLE session (
    id         BLOB PRIMARY KEY,
    merchant   TEXT NOT NULL,
    subject    TEXT NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX session_created ON session (created_at);
CREATE INDEX session_seen ON session (seen_at);
