#!lua
-- Extend the time to live of clean sessions; a dirty one has none and gets none.
--
-- KEYS     hash    sessions
-- ARGV[1]  int     time to live, seconds

for _, key in ipairs(KEYS) do
  redis.call('EXPIRE', key, ARGV[1], 'XX')
end
