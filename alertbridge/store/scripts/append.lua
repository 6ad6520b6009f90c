-- Takes in what waits: deliveries of alerts, and single entries, for all requests at once.
-- ARGV: our schema, then one item each (msgpack, as feed.py packs it). Answers in their order: for a delivery
-- {changed, unchanged, dropped, opened}, for an entry its outcome. A full server refuses the first write that adds
-- something, and only the first: so nothing is removed before something was added.

local LATE_COPY_MS, RECEIPT_MS, MINUTE_MS = 120000, 86400000, 60000
local CHUNK = 4000 -- arguments of one command: Lua's stack ends at 8000

local schema = tonumber(ARGV[1])
local items = {}
for i = 2, #ARGV do
  items[i - 1] = cmsgpack.unpack(ARGV[i]) -- a damaged item fails here, before anything is written
end
local now, real = clock()

local function in_chunks(list, use)
  for from = 1, #list, CHUNK do
    use(from, math.min(from + CHUNK - 1, #list))
  end
end

local function look_up(command, key, names)
  local found = {}
  in_chunks(names, function(from, to)
    for i, value in ipairs(call(command, key, unpack(names, from, to))) do
      found[names[from + i - 1]] = value
    end
  end)
  return found
end

local alert_keys, body_hashes = {}, {}
for _, item in ipairs(items) do
  if item.alerts then
    body_hashes[#body_hashes + 1] = item.body_hash
    for _, alert in ipairs(item.alerts) do
      alert_keys[#alert_keys + 1] = alert[1]
    end
  end
end
local held = look_up('HMGET', HELD, alert_keys)
local first_seen = look_up('ZMSCORE', BODIES, body_hashes)

-- What an alert is to the incidents that hold it: read once, changed here, written at the end.
local states, touched_alerts = {}, {}

local function state_of(key)
  local state = states[key]
  if not state then
    state = {ends_at = 0, incidents = {}, digests = {}, left = {}}
    if held[key] then
      local ends_at, holders = string.match(held[key], '^(%d+) %d+ (.*)$')
      state.ends_at = tonumber(ends_at)
      for group_key in string.gmatch(holders, '~(%S+)') do
        state.left[group_key] = true
      end
      for incident, digest in string.gmatch(holders, '(%w+):(%S+)') do
        state.incidents[#state.incidents + 1] = incident
        state.digests[incident] = digest
      end
    end
    states[key] = state
  end
  return state
end

local function see(key, state)
  if not state.is_seen then
    state.is_seen = true
    touched_alerts[#touched_alerts + 1] = key
  end
end

-- Entries by incident, pushed at the end.
local inboxes, touched_incidents = {}, {}

local function push(incident, kind, body)
  if not inboxes[incident] then
    inboxes[incident] = {}
    touched_incidents[#touched_incidents + 1] = incident
  end
  local entries = inboxes[incident]
  entries[#entries + 1] = '[' .. schema .. ',' .. now .. ',"' .. kind .. '",' .. body .. ']'
end

local function open(incident, group_key, opening)
  local number = call('INCR', NUMBER)
  call('HSET', INCIDENT .. incident, 'schema', schema, 'number', number, 'opened', now, 'opening', opening,
    'revision', 0, 'status', 'firing')
  call('HSET', NUMBERS, number, incident)
  call('HSET', GROUPS, group_key, incident)
  local last = call('HGET', LAST, group_key)
  if last then
    local earlier = INCIDENT .. string.match(last, '^%S+')
    if call('EXISTS', earlier) == 1 then -- else it was forgotten just now
      call('HSET', INCIDENT .. incident, 'earlier', last)
      call('HSET', earlier, 'later', incident .. ' ' .. number)
    end
  end
  call('HINCRBY', STATUSES, 'firing', 1)
  call('ZADD', DUE, now, incident)
  return number
end

-- Counts an incident of a route that begins; true when it is one too many, or follows such a one.
local function is_storm(key, above, steady_ms)
  local times = STORM .. key
  local earliest = call('LINDEX', times, -above)
  call('RPUSH', times, now)
  call('LTRIM', times, -above, -1)
  if earliest and now - earliest < MINUTE_MS then
    call('HSET', STORMS, key, now)
    return true
  end
  local last = call('HGET', STORMS, key)
  return last and now - last < steady_ms
end

-- Puts an incident that has just begun under its route's umbrella, which begins with the first of them.
local function fold(candidate, number)
  local key, _, _, _, umbrella = unpack(candidate.storm)
  local open_one = call('HGET', GROUPS, key)
  if not open_one then
    open(umbrella, key, '{"group_key":"' .. key .. '","group_labels":{},"is_umbrella":true,' .. candidate.shared .. '}')
    call('HSET', INCIDENT .. umbrella, 'umbrella', key)
    wake(umbrella, real)
  end
  umbrella = open_one or umbrella
  call('HSET', INCIDENT .. candidate.incident, 'folded_in', umbrella)
  call('HSET', FOLDS .. umbrella, candidate.incident, number)
  stir(umbrella, now)
end

-- Finds or opens the incidents that a firing alert belongs to and that do not hold it; returns how many are new.
local function join(key, state, candidates)
  local opened = 0
  for _, candidate in ipairs(candidates) do
    local incident = call('HGET', GROUPS, candidate.group_key)
    if not incident then
      incident = candidate.incident
      local number = open(incident, candidate.group_key, '{' .. candidate.own .. ',' .. candidate.shared .. '}')
      opened = opened + 1
      if candidate.storm then
        local storm_key, above, steady_ms, is_exempt = unpack(candidate.storm)
        if is_storm(storm_key, above, steady_ms) and not is_exempt then
          fold(candidate, number)
        end
      end
    end
    state.incidents[#state.incidents + 1] = incident
    call('SADD', HOLDS .. incident, key)
  end
  return opened
end

local function deliver(delivery)
  local since = first_seen[delivery.body_hash]
  local is_copy = since and now - since < LATE_COPY_MS
  if not is_copy then
    first_seen[delivery.body_hash] = now
  end
  local changed, unchanged, dropped, opened = 0, 0, 0, 0
  local news, order = {}, {}
  for _, alert in ipairs(delivery.alerts) do
    local key, is_firing, digest, ends_at, body, places = unpack(alert)
    local state = state_of(key)
    local is_late = is_firing and is_copy
    if is_firing and not is_late then
      local is_held, candidates = #state.incidents > 0, {}
      for _, place in ipairs(places) do
        local candidate = delivery.candidates[place]
        if not is_held or state.left[candidate.group_key] then
          candidates[#candidates + 1] = candidate
          state.left[candidate.group_key] = nil
        end
      end
      opened = opened + join(key, state, candidates)
    end
    if #state.incidents == 0 then
      dropped = dropped + 1
    else
      see(key, state)
      local is_news = false
      for _, incident in ipairs(state.incidents) do
        if not is_late and state.digests[incident] ~= digest then
          is_news = true
          state.digests[incident] = digest
          if not news[incident] then
            news[incident] = {}
            order[#order + 1] = incident
          end
          table.insert(news[incident], '"' .. key .. '":' .. body)
        end
      end
      if is_news then
        changed = changed + 1
        state.ends_at = ends_at
      else
        unchanged = unchanged + 1
        if not is_late then
          state.ends_at = math.max(state.ends_at, ends_at)
        end
      end
    end
  end
  for _, incident in ipairs(order) do
    push(incident, 'alerts', delivery.head .. ',"alerts":{' .. table.concat(news[incident], ',') .. '}}')
  end
  return {changed, unchanged, dropped, opened}
end

-- A room is made by its first entry, and has no end.
local function enter(room, kind, body)
  call('HSETNX', INCIDENT .. room, 'revision', 0)
  call('HSETNX', INCIDENT .. room, 'schema', schema)
  push(room, kind, body)
end

-- What happens in a standing room is no one incident's; that the room is lost is everybody's there.
local function tell_room(entry)
  if entry.kind ~= 'chat_lost' then
    return 'shared'
  end
  for _, incident in ipairs(call('SMEMBERS', STANDING .. entry.chat)) do
    push(incident, entry.kind, entry.body)
  end
  return 'stored'
end

local function take(entry)
  local receipt = entry.receipt
  if receipt then
    local taken = call('ZSCORE', RECEIPTS, receipt)
    if taken and now - taken < RECEIPT_MS then
      return 'duplicate'
    end
  end
  local incident, outcome = entry.incident or (entry.chat and call('HGET', CHATS, entry.chat)), 'stored'
  if entry.room then
    enter(entry.room, entry.kind, entry.body)
  elseif incident then
    local number, ended = unpack(call('HMGET', INCIDENT .. incident, 'number', 'ended'))
    if not number then
      return 'unknown'
    end
    if ended then
      return 'over'
    end
    push(incident, entry.kind, entry.body)
  elseif call('EXISTS', STANDING .. entry.chat) == 1 then
    outcome = tell_room(entry)
  else
    call('ZADD', PARKED, now, entry.chat .. ' [' .. schema .. ',' .. now .. ',"' .. entry.kind .. '",' .. entry.body .. ']')
    outcome = 'parked'
  end
  if receipt then
    call('ZADD', RECEIPTS, now, receipt)
    call('ZREMRANGEBYSCORE', RECEIPTS, '-inf', now - RECEIPT_MS)
  end
  return outcome
end

local answers = {}
for i, item in ipairs(items) do
  answers[i] = item.alerts and deliver(item) or take(item)
end

local fields = {}
for _, key in ipairs(touched_alerts) do
  local state = states[key]
  local holders = {}
  for i, incident in ipairs(state.incidents) do
    holders[i] = incident .. ':' .. state.digests[incident]
  end
  for group_key in pairs(state.left) do
    holders[#holders + 1] = '~' .. group_key
  end
  fields[#fields + 1] = key
  fields[#fields + 1] = string.format('%.0f %.0f ', state.ends_at, now) .. table.concat(holders, ' ')
end
in_chunks(fields, function(from, to)
  call('HSET', HELD, unpack(fields, from, to))
end)

if #body_hashes > 0 then
  local scored = {}
  for _, hash in ipairs(body_hashes) do
    scored[#scored + 1] = first_seen[hash]
    scored[#scored + 1] = hash
  end
  in_chunks(scored, function(from, to)
    call('ZADD', BODIES, unpack(scored, from, to))
  end)
  call('ZREMRANGEBYSCORE', BODIES, '-inf', now - LATE_COPY_MS)
end

for _, incident in ipairs(touched_incidents) do
  local entries = inboxes[incident]
  in_chunks(entries, function(from, to)
    call('RPUSH', INBOX .. incident, unpack(entries, from, to))
  end)
  if tonumber(call('HGET', INCIDENT .. incident, 'schema')) < schema then
    call('HSET', INCIDENT .. incident, 'schema', schema)
  end
  if call('HEXISTS', BUSY, incident) == 0 then
    wake(incident, real)
  end
end
return answers
