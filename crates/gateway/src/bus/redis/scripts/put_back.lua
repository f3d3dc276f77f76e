-- KEYS: the stream, and the one for its dead letters.
-- ARGV: the group, the consumer, the entry's id, how often it was tried, how often it may be, how many dead letters
-- there may be, who has what was put back, the channel that says so, and what to say there.
-- Puts an entry back, or gives it up; returns 1 if it was given up. One that can't be given up is put back, and the error
-- returned.
if not is_owned(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
  return 0
end
local refusal
if tonumber(ARGV[4]) >= tonumber(ARGV[5]) then
  refusal = bury(KEYS[1], ARGV[1], KEYS[2], ARGV[6], ARGV[3])
  if not refusal then
    return 1
  end
end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[7], 0, ARGV[3], 'RETRYCOUNT', ARGV[4], 'JUSTID')
redis.call('PUBLISH', ARGV[8], ARGV[9])
return refusal or 0
