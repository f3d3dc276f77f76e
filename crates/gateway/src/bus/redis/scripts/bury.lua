-- Moves an entry to the dead letters, of which the oldest make room. Returns an error, and the entry stays, if their key
-- holds something else.
local function bury(stream, group, dead, most, id)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if entry then
    local added = redis.pcall('XADD', dead, 'MAXLEN', most, '*', unpack(entry[2]))
    if type(added) == 'table' and added.err then
      return added
    end
  end
  redis.call('XACK', stream, group, id)
  redis.call('XDEL', stream, id)
end
