#!lua
-- Check that the server accepts writes. It refuses a script that may write when it is out of memory,
-- a replica, or unable to persist.
--
-- KEYS[1]  string  mark of the calling store
-- ARGV[1]  int     its time to live, seconds
-- Returns  int     1 if the mark of the last ping is still there

local marked = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], '', 'EX', ARGV[1])
return marked
