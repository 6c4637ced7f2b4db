-- The handovers that no helpdesk got and none is getting: there is no delivery to one, or only cancelled ones. They are
-- counted while somebody looks at the screen, which must not read every handover there ever was. Kept by triggers, so
-- that they are right whatever program writes.

CREATE TABLE unsent (
    merchant TEXT NOT NULL,
    handover TEXT NOT NULL,
    PRIMARY KEY (merchant, handover)
) WITHOUT ROWID;

INSERT INTO unsent (merchant, handover)
SELECT merchant, id FROM handover
WHERE NOT EXISTS (
    SELECT 1 FROM delivery
    WHERE delivery.handover = handover.id AND destination <> 'email' AND part = 0 AND state <> 'cancelled');

CREATE TRIGGER unsent_new AFTER INSERT ON handover BEGIN
    INSERT INTO unsent (merchant, handover) VALUES (new.merchant, new.id);
END;

CREATE TRIGGER unsent_gone AFTER DELETE ON handover BEGIN
    DELETE FROM unsent WHERE merchant = old.merchant AND handover = old.id;
END;

CREATE TRIGGER unsent_delivery AFTER INSERT ON delivery
WHEN new.destination <> 'email' AND new.part = 0 AND new.state <> 'cancelled' BEGIN
    DELETE FROM unsent WHERE merchant = new.merchant AND handover = new.handover;
END;

-- Cancelled, or taken up again.
CREATE TRIGGER unsent_state AFTER UPDATE OF state ON delivery
WHEN new.destination <> 'email' AND new.part = 0 AND (new.state = 'cancelled') <> (old.state = 'cancelled') BEGIN
    DELETE FROM unsent WHERE merchant = new.merchant AND handover = new.handover;
    INSERT INTO unsent (merchant, handover)
    SELECT new.merchant, new.handover
    WHERE NOT EXISTS (
        SELECT 1 FROM delivery
        WHERE handover = new.handover AND destination <> 'email' AND part = 0 AND state <> 'cancelled');
END;
