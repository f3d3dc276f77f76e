-- Takes the UUID that a login of OpenTera stored under this key. Whatever else a key of this name holds stays as it is.
-- KEYS: the key. ARGV: the longest time, in milliseconds, that such a key can have left.
local value = redis.pcall('GET', KEYS[1])
if type(value) ~= 'string' or #value ~= 36 then
  return false
end
local left = redis.call('PTTL', KEYS[1])
if left <= 0 or left > tonumber(ARGV[1]) then
  return false
end
redis.call('DEL', KEYS[1])
return value
