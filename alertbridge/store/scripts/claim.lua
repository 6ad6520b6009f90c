-- Gives an incident to the job that `busy` names, or more of its inbox to the job that has it already.
-- ARGV: incident, job, our schema; to read on also the revision of the claim, and how many entries its job has in hand.
-- Answers nil when the job is not the owner, {schema} when ours is too old, {now, entries, more} when it reads on, else
-- {now, entries, more, revision, number, opened, opening, record, dead, alerts, held keys, held values, earlier,
-- folded in, is it an orphan, storm's last time, folds}.

local MAX_CLAIMS, MAX_ENTRIES, MAX_BYTES = 3, 64, 1048576
local CHUNK = 4000

local incident, job, schema = ARGV[1], ARGV[2], tonumber(ARGV[3])
local key, inbox = INCIDENT .. incident, INBOX .. incident
local is_room = string.find(incident, ':', 1, true)
if call('HGET', BUSY, incident) ~= job then
  return false
end
local stored = call('HMGET', key, 'schema', 'revision', 'attempts', 'number', 'opened', 'opening', 'record', 'dead',
  'earlier', 'umbrella', 'folded_in')
if tonumber(stored[1]) > schema then
  return {stored[1]}
end
local now = clock()
local attempts = tonumber(stored[3] or '0')

-- While nothing was saved since the last claim, only the first entry: it may be the one that cannot be worked on.
local function read(from)
  local entries, bytes = {}, 0
  for index = from, (attempts > 1 and 1 or MAX_ENTRIES) - 1 do
    local entry = call('LINDEX', inbox, index)
    bytes = bytes + #(entry or '')
    if not entry or (index > from and bytes > MAX_BYTES) then
      break
    end
    entries[#entries + 1] = entry
  end
  if is_room then
    call('HSET', key, 'in_hand', from + #entries) -- what is behind them will be read: see `nudge`
  end
  return entries, call('LLEN', inbox) > from + #entries and 1 or 0
end

if ARGV[4] then
  if stored[2] ~= ARGV[4] then
    return false
  end
  local entries, more = read(tonumber(ARGV[5]))
  return {now, entries, more}
end

local dead = stored[8]
attempts = attempts + 1
if attempts > MAX_CLAIMS then
  attempts = 1
  local poison = call('LPOP', inbox)
  if poison then
    dead = cjson.encode({incident = incident, at_ms = now, entry = poison})
    call('LPUSH', DEAD, dead)
    call('LTRIM', DEAD, 0, 999)
    call('HSET', key, 'dead', dead)
  end
end
call('HSET', key, 'attempts', attempts)
local revision = call('HINCRBY', key, 'revision', 1)

local held_keys, held_values = call('SMEMBERS', HOLDS .. incident), {}
for from = 1, #held_keys, CHUNK do
  for _, value in ipairs(call('HMGET', HELD, unpack(held_keys, from, math.min(from + CHUNK - 1, #held_keys)))) do
    held_values[#held_values + 1] = value
  end
end
-- What an umbrella has to know: since when its storm is over, and how everything under it stands.
local above_at, folds = false, {}
if stored[10] then
  call('HDEL', key, 'stirred')
  above_at = call('HGET', STORMS, stored[10])
  folds = call('HGETALL', FOLDS .. incident)
end
local is_orphan = 0 -- its umbrella is closed, or forgotten
if stored[11] then
  local status = call('HGET', INCIDENT .. stored[11], 'status')
  is_orphan = (not status or status == 'closed') and 1 or 0
end
local entries, more = read(0)
return {
  now, entries, more, revision, stored[4], stored[5], stored[6], stored[7], dead,
  call('HGETALL', ALERTS .. incident), held_keys, held_values, stored[9],
  stored[11], is_orphan, above_at, folds,
}
