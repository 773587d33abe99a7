#!lua
-- Find or delete sessions of one module that the core of the character in their metadata does not
-- name.
--
-- KEYS     hash    sessions
-- ARGV[1]  bytes   prefix of core keys
-- ARGV[2]  bytes   field of the core that names the session
-- ARGV[3]  bytes   prefix of the session keys
-- ARGV[4]  bytes   'find' or 'delete'
-- Returns  list    the keys that were found, or deleted
--
-- A session whose metadata names no character stays: it may be the last copy of a state.

local call, try = redis.call, redis.pcall

local function owning_core(key)
  local metadata = try('HGET', key, 'metadata')
  if type(metadata) ~= 'string' then return nil end
  local readable, decoded = pcall(cjson.decode, metadata)
  local char_id = readable and type(decoded) == 'table' and decoded.char_id
  return type(char_id) == 'number' and ARGV[1] .. string.format('%.0f', char_id) or nil
end

local swept = {}
for _, key in ipairs(KEYS) do
  local core = owning_core(key)
  if core and try('HGET', core, ARGV[2]) ~= string.sub(key, #ARGV[3] + 1) then
    if ARGV[4] == 'delete' then call('UNLINK', key) end
    swept[#swept + 1] = key
  end
end
return swept
