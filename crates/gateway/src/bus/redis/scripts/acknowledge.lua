-- KEYS: the stream. ARGV: the group, the consumer and the entry's id.
-- Ends an entry; returns 0 if the consumer does not have it.
if not is_owned(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
  return 0
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
return 1
