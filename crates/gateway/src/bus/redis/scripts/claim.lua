-- KEYS: the stream, and the one for its dead letters.
-- ARGV: the group, the consumer, how many entries to take, who has what was put back, after how many milliseconds of
-- silence a consumer loses its entries, how often an entry may be tried, and how many dead letters there may be.
-- Takes entries that were put back, then those of silent consumers; returns id, attempt and item of each.
local taken = {}
local function take(pending)
  for _, entry in ipairs(pending) do
    local id, attempts = entry[1], entry[4]
    if attempts >= tonumber(ARGV[6]) then
      -- What can't be buried waits until it can.
      bury(KEYS[1], ARGV[1], KEYS[2], ARGV[7], id)
    else
      local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id)[1]
      if claimed then
        local item = ''
        for index = 1, #claimed[2], 2 do
          if claimed[2][index] == 'item' then
            item = claimed[2][index + 1]
          end
        end
        table.insert(taken, { id, attempts + 1, item })
      end
    end
  end
end
local count = tonumber(ARGV[3])
take(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', count, ARGV[4]))
if #taken < count then
  take(redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[5], '-', '+', count - #taken))
end
return taken
