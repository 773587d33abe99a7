-- What an inventory is besides its items: cooldowns, buffs
-- depends: 0001_characters

-- migrate: apply

CREATE TABLE inventory_state (
    char_id bigint PRIMARY KEY REFERENCES characters ON DELETE CASCADE,
    data    json NOT NULL
) WITH (fillfactor = 85);

-- migrate: rollback

DROP TABLE inventory_state;
