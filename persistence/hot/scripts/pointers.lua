#!lua flags=no-writes
-- Read the sessions that cores name.
--
-- KEYS     hash    cores
-- ARGV     bytes   fields of a core that name a session
-- Returns  list    per core: list of bytes | nil; an error if it is no hash

local pointers = {}
for k, key in ipairs(KEYS) do
  pointers[k] = redis.pcall('HMGET', key, unpack(ARGV))
end
return pointers
