-- The second way: when a handover has no ticket for long, its team is mailed once more.

-- After how many minutes; null: never.
ALTER TABLE team ADD COLUMN no_ticket_after INTEGER DEFAULT 15;

-- When the team is mailed, unless there is a ticket by then; null: never, or that moment has passed.
ALTER TABLE delivery ADD COLUMN late_at INTEGER;
CREATE INDEX delivery_late ON delivery (late_at) WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled');

-- When the mail was taken, for the ticket's note.
ALTER TABLE notice ADD COLUMN sent_at INTEGER;

-- What waits while this version is rolled out, perhaps because of an outage, counts from its acceptance too.
UPDATE delivery SET late_at = (SELECT accepted_at FROM handover WHERE handover.id = delivery.handover) + 15 * 60000
WHERE destination <> 'email' AND part = 0 AND state IN ('queued', 'sending', 'waiting', 'unsure', 'held');
