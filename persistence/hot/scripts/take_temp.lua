#!lua
-- Read and delete snapshots.
--
-- KEYS     string  snapshots
-- Returns  bytes | false for each

local taken = {}
for n, key in ipairs(KEYS) do
  taken[n] = redis.call('GETDEL', key)
end
return taken
