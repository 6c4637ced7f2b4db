-- What of a merchant neither is on its way nor has arrived: what holding, releasing, counting and the lists look for. A
-- delivery that simply goes enters this index once and leaves it once, where the one before it was written at each step
-- and kept what was done for ever. SQLite uses it only for a question that repeats its condition; an older program on
-- this database, which does not, finds the same and reads more for it.
CREATE INDEX delivery_stopped ON delivery (merchant, destination, state, seq)
    WHERE state NOT IN ('sending', 'delivered');
DROP INDEX delivery_open;
