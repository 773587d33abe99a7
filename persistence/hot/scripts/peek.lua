#!lua flags=no-writes
-- Read the owners of characters.
--
-- ARGV     bytes   prefix of core keys
--          then to the end: int char_id
-- Returns  list    per character: a list of epoch, version and owner, each nil if it is not stored;
--                  an error if the core is no hash

local replies = {}
for at = 2, #ARGV do
  replies[at - 1] = redis.pcall('HMGET', ARGV[1] .. ARGV[at], 'epoch', 'version', 'owner')
end
return replies
