#!lua flags=no-writes
-- The sessions that cores name, whoever they belong to.
--
-- KEYS     hash    cores
-- ARGV     bytes   fields of a core that name a session
-- Returns  list    per core: list of bytes | nil; an error if it is no hash

local pointers = {}
for k, key in ipairs(KEYS) do
  pointers[k] = redis.pcall('HMGET', key, unpack(ARGV))
end
return pointers
