#!lua
-- Take characters out of the dirty set, unless they changed after the backup.
--
-- KEYS[1]  set     dirty_accounts
-- ARGV     bytes   prefix of core keys
--          int     time to live of clean sessions, seconds
--          then to the end, one record per mark:
--          int     char_id
--          int     epoch
--          int     version
--          int     s sessions, then s times: bytes key, bytes metadata
-- Returns  bytes   one digit per mark: '1' clean now, '0' not

local call = redis.call
local CORE, TTL = ARGV[1], ARGV[2]

local function clean_sessions(first, last)
  for at = first, last, 2 do
    if call('EXPIRE', ARGV[at], TTL) == 1 then call('HSET', ARGV[at], 'metadata', ARGV[at + 1]) end
  end
end

-- A character that is not stored has nothing newer than the backup.
local function is_current(char_id, epoch, version)
  local stored = call('HMGET', CORE .. char_id, 'epoch', 'version')
  return not stored[1] or (stored[1] == epoch and stored[2] == version)
end

local answers, at = {}, 3
while at <= #ARGV do
  local char_id = ARGV[at]
  local last = at + 3 + 2 * ARGV[at + 3]
  local current = is_current(char_id, ARGV[at + 1], ARGV[at + 2])
  if current then
    clean_sessions(at + 4, last)
    call('SREM', KEYS[1], char_id)
  end
  answers[#answers + 1] = current and '1' or '0'
  at = last + 1
end
return table.concat(answers)
