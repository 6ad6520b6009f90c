-- Writes what the owner of a room decided, and lets go of it when asked to.
-- ARGV: one msgpack map as rooms.py packs it. Answers as save.lua does: `refused` with nothing written, else `saved`,
-- `released`, or `more`: saved but not released, because the inbox holds more.

local MAX_AHEAD_MS = 3600000

local save = cmsgpack.unpack(ARGV[1])
local room = save.room
local key, inbox = INCIDENT .. room, INBOX .. room
if call('HGET', BUSY, room) ~= save.job or tonumber(call('HGET', key, 'revision')) ~= save.revision then
  return 'refused'
end
call('HSET', key, 'record', save.record, 'schema', save.schema, 'attempts', 0)
if save.drained > 0 then -- Lua's -0 is no integer to Redis
  call('HINCRBY', key, 'in_hand', -save.drained)
end
call('HDEL', key, 'dead')
call('LTRIM', inbox, save.drained, -1)
if save.due then
  local now = clock()
  call('ZADD', DUE, math.min(save.due, now + MAX_AHEAD_MS), room)
else
  call('ZREM', DUE, room)
end
if not save.release then
  return 'saved'
end
if call('LLEN', inbox) > 0 then
  return 'more'
end
call('HDEL', BUSY, room)
return 'released'
