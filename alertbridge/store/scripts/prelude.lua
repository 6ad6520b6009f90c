-- What every script knows. The keys stand above as locals, written by scripts.py from keys.py.
local call = redis.call
local ROLL_UP_MS = 10000

-- The product's time and the server's own, in ms.
local function clock()
  local time = call('TIME')
  local real = time[1] * 1000 + math.floor(time[2] / 1000)
  return real + (tonumber(call('GET', CLOCK) or '0')), real
end

-- Something under an umbrella changed: it is woken soon, and hears of it however long its present owner takes.
local function stir(umbrella, now)
  if call('ZSCORE', DUE, umbrella) then
    call('HSET', INCIDENT .. umbrella, 'stirred', 1)
    call('ZADD', DUE, 'LT', string.format('%.0f', now + ROLL_UP_MS), umbrella)
  end
end

-- Makes a new job the owner of the incident, or of the room (only their names have a colon), and queues it for arq (JSON
-- as its serialize_job writes it).
-- The score lies in the past, so that a worker whose clock lags takes it at once, and a page before everything else.
local function wake(incident, real, is_page)
  local does = string.find(incident, ':', 1, true) and 'tend' or 'reconcile'
  local job = does .. ':' .. incident .. ':' .. call('INCR', JOB_COUNTER)
  call('HSET', BUSY, incident, job)
  call('PSETEX', ARQ_JOB .. job, 86400000,
    '{"t":null,"f":"' .. does .. '","a":["' .. incident .. '"],"k":{},"et":' .. real .. '}')
  call('ZADD', ARQ_QUEUE, real - (is_page and 7200000 or 3600000), job)
  call('PUBLISH', WAKE, job)
end

-- Tells a room, where there is one, that something changed that it shows. Where entries wait that its owner has not read,
-- it will look anyway; those that it has in hand were read before this change, and so perhaps was what it shows.
local function nudge(room, incident, now, real, schema)
  local in_hand = tonumber(call('HGET', INCIDENT .. room, 'in_hand') or '0')
  if call('EXISTS', INCIDENT .. room) == 0 or call('LLEN', INBOX .. room) > in_hand then
    return
  end
  call('RPUSH', INBOX .. room, '[' .. schema .. ',' .. now .. ',"nudged",{"id":"' .. incident .. '"}]')
  if call('HEXISTS', BUSY, room) == 0 then
    wake(room, real)
  end
end
