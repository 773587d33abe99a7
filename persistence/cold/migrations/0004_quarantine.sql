-- Records that could not be read or written, byte for byte
-- depends: 0001_characters

-- migrate: apply

-- No foreign key: the character may be what is broken.
CREATE TABLE quarantine (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    char_id    bigint NOT NULL,
    source     text NOT NULL,
    reason     text NOT NULL,
    record     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX quarantine_char_id ON quarantine (char_id);

-- migrate: rollback

DROP TABLE quarantine;
