-- True if this consumer of the group has this entry. False also if there is no such stream or group.
local function is_owned(stream, group, consumer, id)
  local pending = redis.pcall('XPENDING', stream, group, id, id, 1, consumer)
  return not pending.err and #pending > 0
end
