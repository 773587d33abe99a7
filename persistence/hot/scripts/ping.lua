#!lua
-- The server runs a script that may write only while it would take a write: not when it is out of
-- memory, a replica, or unable to persist.
--
-- KEYS[1]  string  mark of the store that asks
-- ARGV[1]  int     its time to live, seconds
-- Returns  int     1 if the mark of the last ping is still there

local marked = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], '', 'EX', ARGV[1])
return marked
