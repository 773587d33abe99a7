#!lua
-- Append events from the outbox in Postgres.
--
-- KEYS[1]  stream  events
-- ARGV[1]  int     events kept, about
--          then to the end, one record per event:
--          bytes   id
--          int     char_id
--          bytes   type
--          bytes   JSON

for at = 2, #ARGV, 4 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[at], 'char_id', ARGV[at + 1],
    'type', ARGV[at + 2], 'data', ARGV[at + 3])
end
