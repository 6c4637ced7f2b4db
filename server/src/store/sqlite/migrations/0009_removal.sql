-- Transcripts that are removed after a while, and merchants that are erased.

-- When it became a ticket, or the mail was taken; null: it has not.
ALTER TABLE delivery ADD COLUMN delivered_at INTEGER;
UPDATE delivery SET delivered_at = coalesce(
    (SELECT max(ended_at) FROM attempt WHERE attempt.delivery = delivery.id),
    (SELECT accepted_at FROM handover WHERE handover.id = delivery.handover))
WHERE state = 'delivered';

-- There is a transcript, in the handover or in what came later.
ALTER TABLE handover ADD COLUMN kept INTEGER NOT NULL DEFAULT 1;
-- When the first of it was removed; null: never.
ALTER TABLE handover ADD COLUMN removed_at INTEGER;
CREATE INDEX handover_kept ON handover (accepted_at) WHERE kept = 1;

-- Conversations of all merchants, the longest silent first; and what of the search belongs to one.
CREATE INDEX conversation_silent ON conversation (active_at);
CREATE INDEX search_entry_conversation ON search_entry (conversation);
