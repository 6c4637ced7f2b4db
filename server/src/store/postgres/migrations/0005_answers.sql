-- What agents wrote on our tickets, for the shopper: each message once for each handover.
CREATE TABLE answer (
    handover   text COLLATE "C" NOT NULL,
    -- Counts up from 1.
    number     bigint NOT NULL,
    account    text COLLATE "C" NOT NULL,
    -- The helpdesk's number of the message, and of the ticket that it is on.
    message    bigint NOT NULL,
    ticket     bigint NOT NULL,
    -- The agent's first name.
    author     text,
    -- Empty once it was removed.
    text       text NOT NULL,
    -- By the helpdesk's clock.
    written_at bigint NOT NULL,
    stored_at  bigint NOT NULL,
    PRIMARY KEY (handover, number),
    UNIQUE (handover, account, message)
);

-- Which accounts are asked for answers, and when (domain/src/answer.rs).
CREATE TABLE answer_watch (
    account text COLLATE "C" PRIMARY KEY,
    -- Everything written before this, by the helpdesk's clock, was read.
    read_to bigint NOT NULL,
    busy_at bigint NOT NULL,
    seen_at bigint,
    -- Null: no longer.
    next_at bigint
) WITH (fillfactor = 50);

CREATE INDEX answer_watch_due ON answer_watch (next_at) WHERE next_at IS NOT NULL;

-- The tickets into which handovers' own tickets were merged, where a ticket itself does not tell.
CREATE TABLE answer_place (
    account  text COLLATE "C" NOT NULL,
    ticket   bigint NOT NULL,
    handover text COLLATE "C" NOT NULL,
    PRIMARY KEY (account, ticket, handover)
);
