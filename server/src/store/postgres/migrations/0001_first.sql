-- Times are milliseconds since 1970 UTC by the database's clock. Ids are ours and sort by time. Every table that belongs
-- to a merchant says so, and every query by a person names the merchant.
--
-- Keys, ids, slugs and states compare as bytes (COLLATE "C"), as in SQLite, so an update of the system's locales breaks no
-- index. JSON is text, byte for byte as it was written. There are no triggers, and no foreign keys, with which each child
-- row would lock its parent.

CREATE TABLE connection (
    merchant     text COLLATE "C" NOT NULL,
    helpdesk     text COLLATE "C" NOT NULL,
    subdomain    text COLLATE "C" NOT NULL,
    -- The access method. Null means the first that the helpdesk accepts.
    method       text COLLATE "C",
    username     text NOT NULL,
    -- The sealed API key and the master key that opens it (vault.rs).
    key_id       text COLLATE "C" NOT NULL,
    sealed_key   bytea NOT NULL,
    -- connected | needs_attention
    state        text COLLATE "C" NOT NULL,
    problem      text COLLATE "C",
    reason       text,
    receives     boolean NOT NULL,
    -- Raised with every change of the credentials: a result of an older version says nothing about a newer one.
    version      bigint NOT NULL,
    -- When a connection that needs attention is tested again.
    recheck_at   bigint,
    rechecks     bigint NOT NULL DEFAULT 0,
    -- The held delivery that is sent first when the connection works again; the others follow once it is delivered.
    probe        text COLLATE "C",
    PRIMARY KEY (merchant, helpdesk)
);

CREATE INDEX connection_account ON connection (helpdesk, subdomain);
CREATE INDEX connection_recheck ON connection (recheck_at) WHERE recheck_at IS NOT NULL;
-- Only one helpdesk receives a merchant's handovers, even if two are connected at the same moment.
CREATE UNIQUE INDEX connection_receives ON connection (merchant) WHERE receives;

CREATE TABLE connection_change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant   text COLLATE "C" NOT NULL,
    helpdesk   text COLLATE "C" NOT NULL,
    action     text COLLATE "C" NOT NULL,
    by_subject text,
    by_name    text,
    at         bigint NOT NULL
);

CREATE INDEX connection_change_newest ON connection_change (merchant, helpdesk, id);

CREATE TABLE handover (
    id           text COLLATE "C" PRIMARY KEY,
    merchant     text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    accepted_at  bigint NOT NULL,
    -- What the lists show, so that they need not read whole transcripts.
    subject      text NOT NULL,
    summary      text NOT NULL,
    -- The shopper's name and address, folded (store/folding.rs), for the search.
    shopper      text NOT NULL DEFAULT '',
    -- The parsed handover as JSON.
    body         text NOT NULL,
    -- Whether there is a transcript, in the handover or in its additions.
    kept         boolean NOT NULL DEFAULT true,
    -- When a transcript was first removed; null: never.
    removed_at   bigint,
    UNIQUE (merchant, conversation)
);

CREATE INDEX handover_newest ON handover (merchant, accepted_at DESC, id DESC);
CREATE INDEX handover_kept ON handover (accepted_at) WHERE kept;

-- The handovers that no helpdesk has or is getting: they have no delivery to a helpdesk, or only cancelled ones.
CREATE TABLE unsent (
    merchant text COLLATE "C" NOT NULL,
    handover text COLLATE "C" NOT NULL,
    PRIMARY KEY (merchant, handover)
);

-- Additions for the same ticket, to a conversation that was already handed over.
CREATE TABLE handover_addition (
    handover    text COLLATE "C" NOT NULL,
    -- 1, 2, …: the part of each delivery that carries it.
    part        bigint NOT NULL,
    received_at bigint NOT NULL,
    -- The parsed addition as JSON.
    body        text NOT NULL,
    PRIMARY KEY (handover, part)
);

-- Idempotency of POST /v1/handovers: the same id and bytes get the same answer.
CREATE TABLE ingest (
    webhook_id  text COLLATE "C" PRIMARY KEY,
    body_hash   bytea NOT NULL,
    handover    text COLLATE "C" NOT NULL,
    answer      text NOT NULL,
    received_at bigint NOT NULL
);

CREATE INDEX ingest_handover ON ingest (handover);

-- domain/src/delivery.rs says what every column means; only it decides their values.
CREATE TABLE delivery (
    id              text COLLATE "C" PRIMARY KEY,
    -- The order of acceptance: microseconds of the database's clock, shifted by 8 bits, and the place in the statement.
    -- A sequence gives numbers before the commit, so a higher number could become visible before a lower one.
    seq             bigint NOT NULL,
    handover        text COLLATE "C" NOT NULL,
    merchant        text COLLATE "C" NOT NULL,
    destination     text COLLATE "C" NOT NULL,
    -- 0: the ticket itself; 1, 2, …: its additions, in order.
    part            bigint NOT NULL,
    -- Whether the part before it is still unsettled.
    blocked         boolean NOT NULL,
    account         text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    attempts        bigint NOT NULL DEFAULT 0,
    unsure_attempts bigint NOT NULL DEFAULT 0,
    waits           bigint NOT NULL DEFAULT 0,
    fence           bigint NOT NULL DEFAULT 0,
    not_after       bigint,
    lease_until     bigint,
    next_at         bigint,
    look_ups        bigint NOT NULL DEFAULT 0,
    give_up_at      bigint NOT NULL,
    needs_answer    boolean NOT NULL DEFAULT false,
    without         text NOT NULL DEFAULT '[]',
    ticket          bigint,
    -- Whether a person named the ticket, perhaps with a wrong number.
    said            boolean NOT NULL DEFAULT false,
    duplicates      text NOT NULL DEFAULT '[]',
    repeated_in     text NOT NULL DEFAULT '[]',
    checks          bigint NOT NULL DEFAULT 0,
    last_error      text,
    -- When the team is emailed unless there is a ticket by then; null: never, or that moment has passed.
    late_at         bigint,
    -- When it became a ticket, or the email was accepted; null: not yet.
    delivered_at    bigint
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 1);

CREATE UNIQUE INDEX delivery_part ON delivery (handover, destination, part);
-- One index for each of the dispatcher's queries, so that their cost does not grow with what is finished or held.
CREATE INDEX delivery_turn ON delivery (account, (part > 0), seq) WHERE state = 'queued' AND NOT blocked;
CREATE INDEX delivery_again ON delivery (account, next_at, seq)
    WHERE state = 'waiting' AND part = 0 AND next_at IS NOT NULL;
CREATE INDEX delivery_due ON delivery (account, state, next_at) WHERE next_at IS NOT NULL AND NOT blocked;
CREATE INDEX delivery_wake ON delivery (next_at, account) WHERE next_at IS NOT NULL AND NOT blocked;
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_mail ON delivery (merchant, (part > 0), seq)
    WHERE destination = 'email' AND state = 'queued' AND NOT blocked;
CREATE INDEX delivery_stopped ON delivery (merchant, destination, state, seq)
    WHERE state NOT IN ('sending', 'delivered');
CREATE INDEX delivery_unfinished ON delivery (state, destination, needs_answer, seq)
    WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held');
CREATE INDEX delivery_late ON delivery (late_at)
    WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled');
CREATE INDEX delivery_ticket ON delivery (merchant, ticket) WHERE ticket IS NOT NULL;

-- Enforces an account's order: a second request at the same time is an error, not a second ticket.
CREATE UNIQUE INDEX delivery_one_sending ON delivery (account) WHERE state = 'sending' AND destination <> 'email';

-- Which process sends to which account. This makes several processes fast and fair; fences prevent duplicate tickets.
CREATE TABLE lane (
    account text COLLATE "C" PRIMARY KEY,
    owner   text COLLATE "C" NOT NULL,
    until   bigint NOT NULL,
    -- Raised with each new owner.
    fence   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);

CREATE INDEX lane_owner ON lane (owner);

-- Committed before the first byte of a request is sent, so that what was begun is known for an unsure delivery. Recording
-- its end changes no index.
CREATE TABLE attempt (
    delivery  text COLLATE "C" NOT NULL,
    -- The fence it runs under.
    fence     bigint NOT NULL,
    -- create | mail | look_up | check
    kind      text COLLATE "C" NOT NULL,
    number    bigint NOT NULL,
    account   text COLLATE "C" NOT NULL,
    began_at  bigint NOT NULL,
    not_after bigint,
    ended_at  bigint,
    -- In words, without secrets or chat text.
    outcome   text,
    PRIMARY KEY (delivery, fence)
) WITH (fillfactor = 80);

CREATE TABLE team (
    merchant        text COLLATE "C" PRIMARY KEY,
    email           text,
    -- After how many minutes without a ticket the team is emailed again; null: never.
    no_ticket_after bigint DEFAULT 15
);

-- Emails to the team that are not handovers: a connection broke, a disconnect cancelled handovers.
CREATE TABLE notice (
    id         text COLLATE "C" PRIMARY KEY,
    merchant   text COLLATE "C" NOT NULL,
    -- JSON (store/notices.rs).
    body       text NOT NULL,
    fence      bigint NOT NULL DEFAULT 0,
    attempts   bigint NOT NULL DEFAULT 0,
    next_at    bigint,
    created_at bigint NOT NULL,
    -- When the email was accepted, for the ticket's note.
    sent_at    bigint
);

CREATE INDEX notice_due ON notice (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notice_merchant ON notice (merchant);

-- Only the SHA-256 of a session's id is kept, so a stolen database signs nobody in.
CREATE TABLE session (
    id         bytea PRIMARY KEY,
    merchant   text COLLATE "C" NOT NULL,
    subject    text NOT NULL,
    name       text NOT NULL,
    role       text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    seen_at    bigint NOT NULL
);

CREATE INDEX session_created ON session (created_at);
CREATE INDEX session_seen ON session (seen_at);
CREATE INDEX session_merchant ON session (merchant);

CREATE TABLE conversation (
    id            text COLLATE "C" PRIMARY KEY,
    merchant      text COLLATE "C" NOT NULL,
    -- open | handed_over | resolved
    state         text COLLATE "C" NOT NULL,
    shopper_name  text,
    shopper_email text,
    -- The progress of asking for an address, as JSON.
    capture       text NOT NULL,
    page_url      text,
    order_number  text,
    -- What was in the shopper's cart when they last wrote, and other fields from the shop, as JSON.
    cart          text,
    custom        text,
    -- The last message on one line.
    preview       text NOT NULL,
    -- The name and address, folded, for the search.
    folded        text NOT NULL,
    -- The last message's number.
    messages      bigint NOT NULL,
    -- The number of the last message in the handover or its later parts.
    handed_up_to  bigint NOT NULL,
    created_at    bigint NOT NULL,
    active_at     bigint NOT NULL
);

CREATE INDEX conversation_active ON conversation (merchant, active_at DESC, id DESC);
CREATE INDEX conversation_state ON conversation (merchant, state, active_at DESC, id DESC);
CREATE INDEX conversation_silent ON conversation (active_at);

CREATE TABLE message (
    conversation text COLLATE "C" NOT NULL,
    -- Counts up from 1.
    number       bigint NOT NULL,
    author       text COLLATE "C" NOT NULL,
    name         text,
    -- The sender's own id, so that a repeated message is stored once.
    key          text COLLATE "C",
    text         text NOT NULL,
    -- The same folded, for the search.
    folded       text NOT NULL,
    sent_at      bigint NOT NULL,
    PRIMARY KEY (conversation, number),
    UNIQUE (conversation, key)
);

-- Only the SHA-256 of a visitor's token is kept.
CREATE TABLE visitor (
    token        bytea PRIMARY KEY,
    merchant     text COLLATE "C" NOT NULL,
    conversation text COLLATE "C",
    created_at   bigint NOT NULL,
    seen_at      bigint NOT NULL
);

CREATE INDEX visitor_seen ON visitor (seen_at);
CREATE INDEX visitor_merchant ON visitor (merchant);

-- Visitors' tokens are made with this key (conversation/token.rs), so that a visitor without a message needs no row.
CREATE TABLE visitor_key (key bytea NOT NULL);
INSERT INTO visitor_key (key)
VALUES (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

CREATE TABLE ability (
    merchant      text COLLATE "C" PRIMARY KEY,
    -- JSON (app/src/model/ability.rs).
    handover      text,
    email_capture text,
    faqs          text,
    handover_uses bigint NOT NULL DEFAULT 0,
    email_uses    bigint NOT NULL DEFAULT 0
);
