-- The language of the shopper's browser, as a tag.
ALTER TABLE conversation ADD COLUMN locale text;
-- The number of the last message that an agent wrote.
ALTER TABLE conversation ADD COLUMN answered_to bigint NOT NULL DEFAULT 0;
-- The number of the last message that the shopper has seen, and when the chat was last seen open.
ALTER TABLE conversation ADD COLUMN seen_to bigint NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN seen_at bigint;

-- Whether the helpdesk itself emailed it to the shopper.
ALTER TABLE answer ADD COLUMN emailed boolean NOT NULL DEFAULT false;

-- Emails to shoppers with the answers that they have not seen. A conversation has at most one that is due.
CREATE TABLE shopper_mail (
    id           text COLLATE "C" PRIMARY KEY,
    merchant     text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    -- The number of the last answer that it is for.
    asked_to     bigint NOT NULL,
    fence        bigint NOT NULL DEFAULT 0,
    attempts     bigint NOT NULL DEFAULT 0,
    -- Null: it was sent, or needed no more.
    next_at      bigint,
    created_at   bigint NOT NULL,
    -- The SHA-256 of the recipient and when it was reserved for them, to limit emails per address.
    address      text COLLATE "C",
    reserved_at  bigint,
    -- The number of the last message in it.
    sent_to      bigint
);

CREATE INDEX shopper_mail_due ON shopper_mail (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX shopper_mail_of ON shopper_mail (conversation, asked_to);
CREATE INDEX shopper_mail_to ON shopper_mail (address, reserved_at) WHERE address IS NOT NULL;
