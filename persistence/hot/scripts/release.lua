#!lua
-- Write a new owner, unless epoch or version changed.
--
-- ARGV     bytes   prefix of core keys
--          bytes   prefix of dedupe keys
--          int     time to live of logged-out characters, seconds
--          then to the end, one record per release:
--          int     char_id
--          int     epoch
--          int     version
--          bytes   owner, empty for logged out
-- Returns  bytes   one digit per release: '1' released or not stored, '0' not

local call = redis.call
local CORE, DEDUPE, TTL = ARGV[1], ARGV[2], ARGV[3]

local function release(char_id, epoch, version, owner)
  local core = CORE .. char_id
  local stored = call('HMGET', core, 'epoch', 'version')
  if not stored[1] then return '1' end
  if stored[1] ~= epoch or stored[2] ~= version then return '0' end
  call('HSET', core, 'owner', owner)
  if owner == '' then
    call('EXPIRE', core, TTL)
    call('EXPIRE', DEDUPE .. char_id, TTL)
  end
  return '1'
end

local answers = {}
for at = 4, #ARGV, 4 do
  answers[#answers + 1] = release(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
return table.concat(answers)
