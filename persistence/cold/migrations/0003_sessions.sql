-- Session documents: one row a session, kept as history when it has ended
-- depends: 0001_characters

-- migrate: apply

CREATE TABLE combat_sessions (
    session_id uuid PRIMARY KEY,
    module     text NOT NULL DEFAULT 'combat',
    char_id    bigint NOT NULL REFERENCES characters ON DELETE CASCADE,
    live       boolean NOT NULL,
    data       json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX combat_sessions_live ON combat_sessions (char_id, module) WHERE live;

CREATE TABLE scenario_sessions (
    session_id uuid PRIMARY KEY,
    module     text NOT NULL DEFAULT 'scenario',
    char_id    bigint NOT NULL REFERENCES characters ON DELETE CASCADE,
    live       boolean NOT NULL,
    data       json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX scenario_sessions_live ON scenario_sessions (char_id, module) WHERE live;

-- Every other module's sessions. A module that wants a table of its own brings one of this shape.
CREATE TABLE module_sessions (
    session_id uuid PRIMARY KEY,
    module     text NOT NULL,
    char_id    bigint NOT NULL REFERENCES characters ON DELETE CASCADE,
    live       boolean NOT NULL,
    data       json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX module_sessions_live ON module_sessions (char_id, module) WHERE live;

-- migrate: rollback

DROP TABLE module_sessions;
DROP TABLE scenario_sessions;
DROP TABLE combat_sessions;
