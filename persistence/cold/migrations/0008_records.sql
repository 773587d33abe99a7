-- What is quarantined is kept once, counted and closed; every record says its schema
-- depends: 0003_sessions 0004_quarantine 0005_inventory_state 0006_session_log

-- migrate: apply

ALTER TABLE quarantine
    ADD COLUMN count      bigint NOT NULL DEFAULT 1,
    ADD COLUMN last_seen  timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN closed_at  timestamptz,
    ADD COLUMN resolution text;

UPDATE quarantine kept
SET count = same.count, last_seen = same.last_seen, closed_at = now(),
    resolution = 'from before entries were closed; found again it is open again'
FROM (
    SELECT min(id) AS id, count(*) AS count, max(created_at) AS last_seen
    FROM quarantine GROUP BY char_id, source, md5(reason), md5(record)
) same
WHERE kept.id = same.id;

DELETE FROM quarantine WHERE closed_at IS NULL;

-- One row a record, however often somebody tries to read it. It also finds a character's entries.
CREATE UNIQUE INDEX quarantine_record ON quarantine (char_id, source, md5(reason), md5(record));
DROP INDEX quarantine_char_id;

-- Asked at every activation, and nearly always empty.
CREATE INDEX quarantine_open ON quarantine (char_id) WHERE closed_at IS NULL;

ALTER TABLE characters ADD COLUMN schema integer NOT NULL DEFAULT 1;
ALTER TABLE inventory_items ADD COLUMN schema integer NOT NULL DEFAULT 1;
ALTER TABLE inventory_state ADD COLUMN schema integer NOT NULL DEFAULT 1;
ALTER TABLE combat_sessions ADD COLUMN schema integer NOT NULL DEFAULT 1;
ALTER TABLE scenario_sessions ADD COLUMN schema integer NOT NULL DEFAULT 1;
ALTER TABLE module_sessions ADD COLUMN schema integer NOT NULL DEFAULT 1;

-- migrate: rollback

ALTER TABLE module_sessions DROP COLUMN schema;
ALTER TABLE scenario_sessions DROP COLUMN schema;
ALTER TABLE combat_sessions DROP COLUMN schema;
ALTER TABLE inventory_state DROP COLUMN schema;
ALTER TABLE inventory_items DROP COLUMN schema;
ALTER TABLE characters DROP COLUMN schema;

DROP INDEX quarantine_open;
DROP INDEX quarantine_record;
CREATE INDEX quarantine_char_id ON quarantine (char_id);
ALTER TABLE quarantine
    DROP COLUMN resolution, DROP COLUMN closed_at, DROP COLUMN last_seen, DROP COLUMN count;
