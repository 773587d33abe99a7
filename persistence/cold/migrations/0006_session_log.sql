-- What is appended to a session and never changed again: the log of a fight
-- depends: 0003_sessions

-- migrate: apply

-- No foreign key: a module's documents may live in any table of their shape.
CREATE TABLE session_log (
    session_id uuid,
    number     bigint,
    record     json NOT NULL,
    PRIMARY KEY (session_id, number)
);

-- migrate: rollback

DROP TABLE session_log;
