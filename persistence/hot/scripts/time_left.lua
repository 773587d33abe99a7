#!lua flags=no-writes
-- The time to live that sessions have left.
--
-- KEYS     hash    sessions
-- Returns  list    per key: int, milliseconds; negative if it has no time to live or is missing

local left = {}
for k, key in ipairs(KEYS) do
  left[k] = redis.call('PTTL', key)
end
return left
