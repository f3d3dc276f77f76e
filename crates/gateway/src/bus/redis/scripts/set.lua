-- KEYS: the variable, and who holds it. ARGV: the writer, then the value, if there is one, then after how many milliseconds
-- it expires, if it does.
-- Sets or deletes a variable, unless somebody else holds it: then it returns 0.
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then
  return 0
end
if #ARGV == 1 then
  redis.call('DEL', KEYS[1], KEYS[2])
elseif #ARGV == 2 then
  redis.call('SET', KEYS[1], ARGV[2])
  redis.call('SET', KEYS[2], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
end
return 1
