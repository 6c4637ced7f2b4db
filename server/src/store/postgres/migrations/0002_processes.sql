-- Until when nothing may be sent to the account, because a request of some process was refused for its rate. The owner
-- reads it, whoever met it.
ALTER TABLE lane ADD COLUMN paused_until bigint;

CREATE INDEX lane_paused ON lane (paused_until) WHERE paused_until IS NOT NULL;

-- The processes on this database. One that has not been seen for 30 s counts as gone.
CREATE TABLE process (
    id         text COLLATE "C" PRIMARY KEY,
    -- web | worker | all
    role       text COLLATE "C" NOT NULL,
    version    text NOT NULL,
    started_at bigint NOT NULL,
    seen_at    bigint NOT NULL,
    -- The ids of its master keys, the first one first, separated by commas.
    keys       text COLLATE "C" NOT NULL
);

-- What one process at a time does, every so often.
CREATE TABLE job (
    name    text COLLATE "C" PRIMARY KEY,
    next_at bigint NOT NULL,
    -- The process that did it last.
    by      text COLLATE "C" NOT NULL
);
