-- Events of turns that were committed while Redis was away; they wait here until it is back
-- depends: 0001_characters

-- migrate: apply

-- No foreign key: what happened is told even if the character is deleted meanwhile.
CREATE TABLE outbox (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text   NOT NULL UNIQUE,
    char_id  bigint NOT NULL,
    type     text   NOT NULL,
    data     json   NOT NULL
);

-- migrate: rollback

DROP TABLE outbox;
