-- Writes what the owner of an incident decided, and lets go of it when asked to.
-- ARGV: one msgpack map as mailbox.py packs it. Answers `refused` (somebody else owns it), `not_empty` or `stirred` with
-- nothing written, else `saved`, `released`, or `more`: saved, but not released, and the inbox holds more.

local MAX_AHEAD_MS, MAX_LINES, CHUNK = 3600000, 2000, 4000

local save = cmsgpack.unpack(ARGV[1])
local incident = save.incident
local key, inbox = INCIDENT .. incident, INBOX .. incident
local stored = call('HMGET', key, 'revision', 'status', 'folded_in')
if call('HGET', BUSY, incident) ~= save.job or tonumber(stored[1]) ~= save.revision then
  return 'refused'
end
local waiting = call('LLEN', inbox) - save.drained
if save.if_empty and waiting > 0 then
  return 'not_empty'
end
-- Something may have been folded into it meanwhile: once it is closed, each of those would get a group of its own.
if save.closes and call('HEXISTS', key, 'stirred') == 1 then
  return 'stirred'
end
local now, real = clock()

local function in_chunks(command, name, list)
  for from = 1, #list, CHUNK do
    call(command, name, unpack(list, from, math.min(from + CHUNK - 1, #list)))
  end
end

call('HSET', key, 'record', save.record, 'status', save.status, 'schema', save.schema, 'attempts', 0)
call('HDEL', key, 'dead')
in_chunks('HSET', ALERTS .. incident, save.alerts)
in_chunks('HDEL', ALERTS .. incident, save.dropped)
in_chunks('RPUSH', TIMELINE .. incident, save.lines)
if #save.lines > 0 then
  call('LTRIM', TIMELINE .. incident, -MAX_LINES, -1)
end
call('LTRIM', inbox, save.drained, -1)
if stored[2] ~= save.status then
  call('HINCRBY', STATUSES, stored[2], -1)
  call('HINCRBY', STATUSES, save.status, 1)
end
-- Tell the umbrella how one under it stands. Whom nobody shows any more is looked at again at once, to be unfolded.
local umbrella = stored[3]
if umbrella then
  if save.fold then
    if call('HGET', FOLDS .. umbrella, incident) ~= save.fold then
      call('HSET', FOLDS .. umbrella, incident, save.fold)
      stir(umbrella, now)
    end
    if save.is_open and save.due and call('HGET', INCIDENT .. umbrella, 'status') == 'closed' then
      save.due = now
    end
  else
    call('HDEL', FOLDS .. umbrella, incident)
    call('HDEL', key, 'folded_in')
    stir(umbrella, now)
  end
end
if save.chat_left then
  call('HDEL', CHATS, save.chat_left)
end
if save.chat then
  call('HSET', CHATS, save.chat, incident)
end
if save.room_left then
  call('SREM', STANDING .. save.room_left, incident)
end
if save.room then
  call('SADD', STANDING .. save.room, incident)
end

-- What HELD says of an alert, with this incident's digest replaced, or taken out: then its group is noted, so that the
-- alert comes back to it although incidents of other routes still hold it.
local function rewrite_held(alert, replacement)
  local value = call('HGET', HELD, alert)
  if not value then
    return
  end
  local holders, left = {}, {}
  for group_key in string.gmatch(value, '~(%S+)') do
    left[#left + 1] = '~' .. group_key
  end
  for holder, digest in string.gmatch(value, '(%w+):(%S+)') do
    if holder ~= incident then
      holders[#holders + 1] = holder .. ':' .. digest
    elseif replacement then
      holders[#holders + 1] = holder .. ':' .. replacement
    else
      left[#left + 1] = '~' .. save.group_key
    end
  end
  if #holders > 0 then
    local kept = table.concat(holders, ' ') .. (#left > 0 and ' ' .. table.concat(left, ' ') or '')
    call('HSET', HELD, alert, string.match(value, '^%d+ %d+ ') .. kept)
  else
    call('HDEL', HELD, alert)
  end
end

for _, alert in ipairs(save.forget) do
  rewrite_held(alert, '-')
end
-- A dropped alert is routed anew when it fires again. Not while an entry waits that may bring it back; and one that
-- another incident holds would be told to that one only.
if waiting == 0 then
  for _, alert in ipairs(save.dropped) do
    local held = call('HGET', HELD, alert)
    if held and string.match(held, '^%d+ %d+ ([^ :]+):%S+$') == incident then
      call('HDEL', HELD, alert)
      call('SREM', HOLDS .. incident, alert)
    end
  end
end
if save.closes then
  if call('HGET', GROUPS, save.group_key) == incident then
    call('HDEL', GROUPS, save.group_key)
  end
  call('HSET', LAST, save.group_key,
    string.format('%s %s %.0f', incident, call('HGET', key, 'number'), now))
  for _, alert in ipairs(call('SMEMBERS', HOLDS .. incident)) do
    rewrite_held(alert, nil)
  end
  call('DEL', HOLDS .. incident)
  -- What was folded into an umbrella while it was being closed is unfolded now, not when it would be looked at anyway.
  for _, folded in ipairs(call('HKEYS', FOLDS .. incident)) do
    call('ZADD', DUE, 'XX', 'LT', now, folded)
  end
end

if save.due then
  local ahead = call('HEXISTS', key, 'stirred') == 1 and ROLL_UP_MS or MAX_AHEAD_MS
  call('ZADD', DUE, math.min(save.due, now + ahead), incident)
  if save.is_page then
    call('HSET', key, 'page', 1)
  else
    call('HDEL', key, 'page')
  end
else
  call('ZREM', DUE, incident)
  call('ZADD', CLOSED, now, incident)
  call('HSET', key, 'ended', now)
  call('HINCRBY', STATUSES, save.status, -1)
end
if save.nudges then
  nudge(save.nudges, incident, now, real, save.schema)
end
if waiting > 0 then
  return 'more'
end
if not save.release then
  return 'saved'
end
call('HDEL', BUSY, incident)
return 'released'
