-- KEYS: the stream. ARGV: the group, and how long a consumer must have been idle to be forgotten, in milliseconds.
-- Makes sure of the group, which begins with the oldest entry, and forgets consumers that are gone.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  -- Fields and values: name, pending, idle.
  if consumer[4] == 0 and consumer[6] > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer[2])
  end
end
