#!lua
-- Take the epoch of characters and read everything stored of them, each atomically.
--
-- ARGV     bytes   prefix of core keys
--          bytes   prefix of dedupe keys
--          int     m modules, then m times:
--            bytes   field of the core that names the session
--            bytes   prefix of session keys
--          then to the end, one record per claim:
--          int     char_id
--          int     epoch
--          bytes   owner
-- Returns  list    per claim: bytes, the stored epoch that refuses it; an error if the core is no
--                  hash; or a list of 2 + m lists: the core as it was before the claim (fields and
--                  values), the receipts, and each module's session (fields and values; empty if
--                  the core names none or it is missing; an error if it is no hash)
--
-- A claimed character is active: its core and its list lose the time to live of a logged-out one.

local call, try = redis.call, redis.pcall
local CORE, DEDUPE, MODULES = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function by_name(fields)
  local named = {}
  for f = 1, #fields, 2 do named[fields[f]] = fields[f + 1] end
  return named
end

local function session(named, m)
  local session_id = named[ARGV[2 + 2 * m]]
  if not session_id or session_id == '' then return {} end
  return try('HGETALL', ARGV[3 + 2 * m] .. session_id)
end

local function claim(char_id, epoch, owner)
  local core, dedupe = CORE .. char_id, DEDUPE .. char_id
  local fields = try('HGETALL', core)
  if fields.err then return fields end
  local named = by_name(fields)
  if (tonumber(named.epoch) or -1) >= tonumber(epoch) then return named.epoch end

  local reply = { fields, try('LRANGE', dedupe, 0, -1) }
  for m = 1, MODULES do reply[2 + m] = session(named, m) end
  call('HSET', core, 'epoch', epoch, 'owner', owner)
  call('PERSIST', core)
  call('PERSIST', dedupe)
  return reply
end

local replies = {}
for at = 4 + 2 * MODULES, #ARGV, 3 do
  replies[#replies + 1] = claim(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
return replies
