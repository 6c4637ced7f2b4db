-- The host's name and the process's number, for people.
ALTER TABLE process ADD COLUMN place text NOT NULL DEFAULT '';

-- What the job found, as JSON, for the other processes.
ALTER TABLE job ADD COLUMN found text;

-- When something happened that is limited for all processes together: a merchant's tests, for example.
CREATE TABLE call_window (
    name    text COLLATE "C" PRIMARY KEY,
    times   bigint[] NOT NULL,
    last_at bigint NOT NULL
);

CREATE INDEX call_window_old ON call_window (last_at);
