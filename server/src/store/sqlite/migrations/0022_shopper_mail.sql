-- The language of the shopper's browser, as a tag.
ALTER TABLE conversation ADD COLUMN locale TEXT;
-- The number of the last message that an agent wrote.
ALTER TABLE conversation ADD COLUMN answered_to INTEGER NOT NULL DEFAULT 0;
-- The number of the last message that the shopper has seen, and when the chat was last seen open.
ALTER TABLE conversation ADD COLUMN seen_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN seen_at INTEGER;

-- Whether the helpdesk itself emailed it to the shopper.
ALTER TABLE answer ADD COLUMN emailed INTEGER NOT NULL DEFAULT 0;

-- Emails to shoppers with the answers that they have not seen. A conversation has at most one that is due.
CREATE TABLE shopper_mail (
    id           TEXT PRIMARY KEY,
    merchant     TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    -- The number of the last answer that it is for.
    asked_to     INTEGER NOT NULL,
    fence        INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    -- NULL: it was sent, or needed no more.
    next_at      INTEGER,
    created_at   INTEGER NOT NULL,
    -- The SHA-256 of the recipient and when it was reserved for them, to limit emails per address.
    address      TEXT,
    reserved_at  INTEGER,
    -- The number of the last message in it.
    sent_to      INTEGER
) WITHOUT ROWID;

CREATE INDEX shopper_mail_due ON shopper_mail (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX shopper_mail_of ON shopper_mail (conversation, asked_to);
CREATE INDEX shopper_mail_to ON shopper_mail (address, reserved_at) WHERE address IS NOT NULL;
