#!lua
-- Store snapshots.
--
-- KEYS     string  snapshots
-- ARGV[1]  int     time to live, seconds
-- ARGV     bytes   one value per key

for n, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[n + 1], 'EX', ARGV[1])
end
