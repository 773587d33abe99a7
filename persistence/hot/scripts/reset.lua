#!lua
-- Take the epoch of characters and delete everything else that is stored of them, of any type.
--
-- KEYS[1]  set     dirty_accounts
-- ARGV     as in claim.lua
-- Returns  bytes   one digit per claim: '1' done, '0' refused: the stored epoch is not below it

local call, try = redis.call, redis.pcall
local CORE, DEDUPE, MODULES = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function forget_sessions(core)
  for m = 1, MODULES do
    local session_id = try('HGET', core, ARGV[2 + 2 * m])
    if type(session_id) == 'string' and session_id ~= '' then
      call('UNLINK', ARGV[3 + 2 * m] .. session_id)
    end
  end
end

local function reset(char_id, epoch, owner)
  local core = CORE .. char_id
  local stored = try('HGET', core, 'epoch')
  if type(stored) == 'string' and (tonumber(stored) or -1) >= tonumber(epoch) then return '0' end
  forget_sessions(core)
  call('UNLINK', core, DEDUPE .. char_id)
  call('HSET', core, 'epoch', epoch, 'owner', owner)
  call('SREM', KEYS[1], char_id)
  return '1'
end

local answers = {}
for at = 4 + 2 * MODULES, #ARGV, 3 do
  answers[#answers + 1] = reset(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
return table.concat(answers)
