-- Which history of the database its rows belong to (postgres/lineage.rs). One row.
CREATE TABLE lineage (
    one         boolean PRIMARY KEY CHECK (one),
    -- The server's own identifier: another server has another one.
    system      text COLLATE "C" NOT NULL,
    -- Changes when a standby takes over, and with a restore.
    timeline    text COLLATE "C" NOT NULL,
    -- Whether commits wait for a standby.
    synchronous boolean NOT NULL,
    -- When a process last used the database.
    seen_at     bigint NOT NULL
);
