-- What the page of all handovers looks for.

-- The shopper's name and address of each handover, newest last: a search walks through this alone, and never through
-- transcripts. Kept by triggers, so that it is right, and gone with the summary, whatever program writes.
CREATE TABLE handover_shopper (
    merchant    TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    handover    TEXT NOT NULL,
    shopper     TEXT NOT NULL,
    PRIMARY KEY (merchant, accepted_at, handover)
) WITHOUT ROWID;

INSERT INTO handover_shopper (merchant, accepted_at, handover, shopper)
SELECT merchant, accepted_at, id,
    coalesce(summary ->> '$.shopper_name', '') || char(10) || coalesce(summary ->> '$.shopper_email', '')
FROM handover;

CREATE TRIGGER handover_shopper_new AFTER INSERT ON handover BEGIN
    INSERT INTO handover_shopper (merchant, accepted_at, handover, shopper)
    VALUES (new.merchant, new.accepted_at, new.id,
        coalesce(new.summary ->> '$.shopper_name', '') || char(10) || coalesce(new.summary ->> '$.shopper_email', ''));
END;

CREATE TRIGGER handover_shopper_changed AFTER UPDATE OF summary ON handover BEGIN
    UPDATE handover_shopper
    SET shopper = coalesce(new.summary ->> '$.shopper_name', '') || char(10)
        || coalesce(new.summary ->> '$.shopper_email', '')
    WHERE merchant = new.merchant AND accepted_at = new.accepted_at AND handover = new.id;
END;

CREATE TRIGGER handover_shopper_gone AFTER DELETE ON handover BEGIN
    DELETE FROM handover_shopper
    WHERE merchant = old.merchant AND accepted_at = old.accepted_at AND handover = old.id;
END;

-- The handover of a ticket's number.
CREATE INDEX delivery_ticket ON delivery (merchant, ticket) WHERE ticket IS NOT NULL;
