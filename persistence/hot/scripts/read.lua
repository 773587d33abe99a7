#!lua flags=no-writes
-- Read everything stored of characters, each atomically, and claim nothing.
--
-- ARGV     bytes   prefix of core keys
--          bytes   prefix of dedupe keys
--          int     m modules, then m times:
--            bytes   field of the core that names the session
--            bytes   prefix of session keys
--          then to the end: int char_id
-- Returns  list    per character: as claim.lua answers a claim that is not refused

local try = redis.pcall
local CORE, DEDUPE, MODULES = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function session(fields, m)
  for f = 1, #fields, 2 do
    if fields[f] == ARGV[2 + 2 * m] and fields[f + 1] ~= '' then
      return try('HGETALL', ARGV[3 + 2 * m] .. fields[f + 1])
    end
  end
  return {}
end

local replies = {}
for at = 4 + 2 * MODULES, #ARGV do
  local fields = try('HGETALL', CORE .. ARGV[at])
  local reply = fields
  if not fields.err then
    reply = { fields, try('LRANGE', DEDUPE .. ARGV[at], 0, -1) }
    for m = 1, MODULES do reply[2 + m] = session(fields, m) end
  end
  replies[#replies + 1] = reply
end
return replies
