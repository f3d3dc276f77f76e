-- KEYS: the stream. ARGV: the group, the consumer, and ids of entries.
-- Shows that the consumer is alive; returns the ids of those entries that it does not have any more.
local lost = {}
for index = 3, #ARGV do
  if is_owned(KEYS[1], ARGV[1], ARGV[2], ARGV[index]) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[index], 'JUSTID')
  else
    table.insert(lost, ARGV[index])
  end
end
return lost
