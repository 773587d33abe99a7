-- One row per item instance: the primary key is why an item cannot have two owners
-- depends: 0001_characters

-- migrate: apply

CREATE TABLE inventory_items (
    item_id     bigint PRIMARY KEY,
    char_id     bigint NOT NULL REFERENCES characters ON DELETE CASCADE,
    template_id text NOT NULL,
    quantity    bigint NOT NULL,
    slot        text,
    position    bigint,
    quick_slot  bigint,
    data        json
) WITH (fillfactor = 90);

CREATE INDEX inventory_items_char_id ON inventory_items (char_id);

-- Below 2^53, so that JavaScript can read every id.
CREATE SEQUENCE item_ids MAXVALUE 9007199254740991;

-- migrate: rollback

DROP SEQUENCE item_ids;
DROP TABLE inventory_items;
