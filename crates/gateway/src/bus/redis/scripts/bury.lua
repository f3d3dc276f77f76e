-- Moves an entry to the dead letters, of which the oldest make room.
local function bury(stream, group, dead, most, id)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if entry then
    redis.call('XADD', dead, 'MAXLEN', most, '*', unpack(entry[2]))
  end
  redis.call('XACK', stream, group, id)
  redis.call('XDEL', stream, id)
end
