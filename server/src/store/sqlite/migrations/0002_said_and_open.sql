-- The ticket is a person's word, perhaps a wrong number.
ALTER TABLE delivery ADD COLUMN said INTEGER NOT NULL DEFAULT 0;

-- Whole, where it was partial: SQLite uses a partial index only for a query that repeats its condition, so that this
-- one served none and holding, releasing and counting read the whole table.
DROP INDEX delivery_open;
CREATE INDEX delivery_open ON delivery (merchant, destination, state, seq);
