#!lua
-- Write turns, in order, each atomically.
--
-- KEYS[1]  set     dirty_accounts
-- KEYS[2]  stream  events
-- ARGV     bytes   prefix of core keys
--          bytes   prefix of dedupe keys
--          int     time to live of clean sessions, seconds
--          int     receipts kept (the list is cut to it when it is a quarter longer: cutting
--                  costs as much as appending)
--          int     events kept, about
--          int     m modules, then m times:
--            bytes   field of the core that names the session
--            bytes   prefix of session keys
--          then to the end, one record per commit:
--          int     char_id
--          int     epoch
--          int     version
--          bytes   shape: 'turn' | 'turn_clean' | 'full' | 'full_clean', and behind a blank each
--                  r, c, s and, unless it is 0, e: the numbers of
--            bytes * r   receipts
--            bytes * c   fields and values of the core (with `full` the owner among them)
--            s sessions:
--              bytes     key
--              bytes     shape: 'put' | 'put_clean' | 'full' | 'full_clean' | 'delete', p and d
--              bytes * p fields and values
--              bytes * d fields to drop
--            e events:
--              bytes     id
--              bytes     type
--              bytes     JSON
-- Returns  bytes   one digit per commit: '0' ok, '1' fenced, '2' need full
--
-- Every check that can refuse a commit, or fail on a key of a wrong type, comes before its first
-- permanent write. The shebang makes the server refuse the script before it starts if it cannot
-- write (out of memory, read-only, disk full).
--
-- The time goes into calls (1 to 3 us) and arguments (0.2 us): hence one HMGET for all that is read
-- of the core, no write of unchanged fields (an owner is written by a claim or a full commit), one
-- argument for kinds and counts, and one SADD for all.

local OK, FENCED, NEED_FULL = '0', '1', '2'
local PUT = { put = true, put_clean = true }
local FULL = { full = true, full_clean = true }
local CLEAN = { turn_clean = true, full_clean = true, put_clean = true }
local CHUNK = 4000 -- Lua refuses to unpack some 8,000 values

local ARGV, DIRTY, EVENTS = ARGV, KEYS[1], KEYS[2]
local call, try, unpack, tonumber = redis.call, redis.pcall, unpack, tonumber
local CORE, DEDUPE, TTL = ARGV[1], ARGV[2], ARGV[3]
local KEPT, EVENTS_KEPT, MODULES = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local TRIM_ABOVE = KEPT + math.floor(KEPT / 4)

-- There are few distinct shapes: parse each once.
local shape_of = setmetatable({}, {
  __index = function(shapes, words)
    local kind, first, second, third, fourth =
      string.match(words, '^(%S+) (%d+) (%d+) ?(%d*) ?(%d*)$')
    shapes[words] = {
      kind = kind, put_kind = PUT[kind], full = FULL[kind], clean = CLEAN[kind],
      first = tonumber(first), second = tonumber(second), third = tonumber(third),
      fourth = tonumber(fourth),
    }
    return shapes[words]
  end,
})

local session_fields, session_prefixes = {}, {}
for m = 1, MODULES do
  session_fields[m], session_prefixes[m] = ARGV[5 + 2 * m], ARGV[6 + 2 * m]
end

local function in_chunks(command, key, first, last)
  for from = first, last, CHUNK do
    call(command, key, unpack(ARGV, from, math.min(from + CHUNK - 1, last)))
  end
end

-- The end of a record that has `count` sessions from `at`.
local function end_of_sessions(at, count)
  for _ = 1, count do
    local shape = shape_of[ARGV[at + 1]]
    at = at + 2 + shape.first + shape.second
  end
  return at
end

local function are_sessions_there(at, count)
  for _ = 1, count do
    local there = not shape_of[ARGV[at + 1]].put_kind or try('HEXISTS', ARGV[at], 'metadata') == 1
    if not there then return false end
    at = end_of_sessions(at, 1)
  end
  return true
end

local function write_sessions(at, count, full)
  for _ = 1, count do
    local key, shape, put = ARGV[at], shape_of[ARGV[at + 1]], at + 2
    local drop = put + shape.first
    at = drop + shape.second
    local replace = full or not shape.put_kind
    if replace then call('UNLINK', key) end
    if shape.kind ~= 'delete' then
      in_chunks('HSET', key, put, drop - 1)
      in_chunks('HDEL', key, drop, at - 1)
      if shape.clean then
        call('EXPIRE', key, TTL)
      elseif not replace then
        call('PERSIST', key)
      end
    end
  end
end

-- Fast path for the usual turn, which changes one existing session: write first, and check only if
-- every field was new. False if the session did not exist; then it does not exist afterwards.
local function write_one_session(at, last)
  local key, shape, put = ARGV[at], shape_of[ARGV[at + 1]], at + 2
  local drop = put + shape.first
  local added = try('HSET', key, unpack(ARGV, put, drop - 1))
  if type(added) ~= 'number' then return false end
  if 2 * added == drop - put and call('HLEN', key) == added then
    call('UNLINK', key)
    return false
  end
  if drop <= last then call('HDEL', key, unpack(ARGV, drop, last)) end
  if shape.clean then call('EXPIRE', key, TTL) else call('PERSIST', key) end
  return true
end

local function write_receipts(dedupe, first, last)
  local length = try('RPUSH', dedupe, unpack(ARGV, first, last))
  if type(length) ~= 'number' then
    call('UNLINK', dedupe)
    length = call('RPUSH', dedupe, unpack(ARGV, first, last))
  end
  if length > TRIM_ABOVE then call('LTRIM', dedupe, -KEPT, -1) end
end

local function tell(char_id, at, last)
  for event = at, last, 3 do
    call('XADD', EVENTS, 'MAXLEN', '~', EVENTS_KEPT, '*', 'id', ARGV[event], 'char_id', char_id,
      'type', ARGV[event + 1], 'data', ARGV[event + 2])
  end
end

-- A full commit replaces everything: the core, its list and the sessions it named are deleted.
local function clear(core, dedupe)
  local named = MODULES > 0 and try('HMGET', core, unpack(session_fields)) or {}
  for m = 1, #named do
    if named[m] and named[m] ~= '' then call('UNLINK', session_prefixes[m] .. named[m]) end
  end
  call('UNLINK', core, dedupe)
end

-- Under one epoch there is one writer, so a stored version contains every version before it: a
-- commit that is not above it was written by a call that lost its answer. Under an older epoch, the
-- same number may stand for another state. A full commit may write its own version again.
local function refusal(stored_epoch, stored_version, epoch, version, full)
  if stored_epoch ~= epoch then
    if (tonumber(stored_epoch) or -1) > tonumber(epoch) then return FENCED end
    return not full and NEED_FULL
  end
  local ahead = stored_version and stored_version - version
  if full then return ahead and ahead > 0 and OK end
  if ahead ~= -1 then return ahead and ahead >= 0 and OK or NEED_FULL end
end

-- False if a session that the turn changes does not exist; nothing was written then.
local function write_turn_sessions(at, last, count)
  if count == 1 and shape_of[ARGV[at + 1]].put_kind and last - at < CHUNK then
    return write_one_session(at, last)
  end
  if not are_sessions_there(at, count) then return false end
  write_sessions(at, count, false)
  return true
end

-- Each fails if the key is of another type, before anything is written.
call('SCARD', DIRTY)
call('XLEN', EVENTS)
local statuses, answered, dirtied, last_argument = {}, 0, {}, #ARGV
local at = 7 + 2 * MODULES

while at <= last_argument do
  local char_id, epoch, version = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local shape = shape_of[ARGV[at + 3]]
  local full, sessions = shape.full, shape.third
  local first_receipt = at + 4
  local first_field = first_receipt + shape.first
  local first_session = first_field + shape.second
  local first_event = end_of_sessions(first_session, sessions)
  at = first_event + 3 * (shape.fourth or 0)

  local core = CORE .. char_id
  local stored = try('HMGET', core, 'epoch', 'version')
  local status = refusal(stored[1], stored[2], epoch, version, full)

  if status then
    -- refused
  elseif full then
    clear(core, DEDUPE .. char_id)
    write_sessions(first_session, sessions, true)
  elseif sessions > 0 and not write_turn_sessions(first_session, first_event - 1, sessions) then
    status = NEED_FULL
  end

  if not status then
    status = OK
    if first_receipt < first_field then
      write_receipts(DEDUPE .. char_id, first_receipt, first_field - 1)
    end
    if full then call('HSET', core, 'epoch', epoch) end
    call('HSET', core, 'version', version, unpack(ARGV, first_field, first_session - 1))
    if not shape.clean then dirtied[#dirtied + 1] = char_id end
    if first_event < at then tell(char_id, first_event, at - 1) end
  end
  answered = answered + 1
  statuses[answered] = status
end

for from = 1, #dirtied, CHUNK do
  call('SADD', DIRTY, unpack(dirtied, from, math.min(from + CHUNK - 1, #dirtied)))
end
return table.concat(statuses)
