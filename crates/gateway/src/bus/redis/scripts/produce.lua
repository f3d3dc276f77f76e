-- KEYS: the stream. ARGV: the item, and how many entries the stream may have.
-- Returns the new entry's id; nothing if there is no room for it.
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then
  return false
end
return redis.call('XADD', KEYS[1], '*', 'item', ARGV[1])
