-- Visitors' tokens are made under this key (conversation/token.rs), so that a visitor without a message needs no row.
-- Whoever has it can only begin conversations, which everybody can.
CREATE TABLE visitor_key (key BLOB NOT NULL);
INSERT INTO visitor_key (key) VALUES (randomblob(32));

-- Which tokens have ended.
CREATE INDEX visitor_seen ON visitor (seen_at);
