-- How much is on its way, for operators, without reading what is done. The dispatcher's own indexes leave out what is
-- blocked and what has no next time.
CREATE INDEX delivery_unfinished ON delivery (state, destination, needs_answer, seq)
    WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held');
