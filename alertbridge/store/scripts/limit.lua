-- Grant calls their time, so that no window of any bucket is ever exceeded by all workers together.
--
-- A bucket is a list of the times (ms, ascending) at which its last calls go out; a window (limit, span) is free again
-- `span` after the call `limit` places from the end. Slots are given at most `HORIZON` ahead. Who must wait longer is told
-- when to come back, and until shortly after that time nobody of a lower class, or later in the same class, gets that slot.
--
-- ARGV  number of buckets, then per bucket: name, number of windows, (limit, span ms) of each, the shortest span first
--       number of blocks, then per block: bucket, ms
--       then per request: class (0 goes first), name, number of buckets, their numbers
-- Reply now, then per request 1 and the ms until its slot, or 0 and the ms until it should ask again, then per blocked bucket
--       its name and the ms left

local HORIZON = 1000 -- ms that a slot may lie ahead
local EARLY = 500    -- ms before its likely slot that a waiting call is asked to come back
local SOON = 2000    -- ms: who comes back within it is waiting for the slots that are given now
local GRACE = 3000   -- ms after its time that a place is kept for a call that has not come back

local now = clock()

local position = 0
local function argument()
  position = position + 1
  return ARGV[position]
end
local function number()
  return tonumber(argument())
end

local buckets = {}
for i = 1, number() do
  local name, windows = argument(), {}
  for w = 1, number() do
    windows[w] = { limit = number(), span = number() }
  end
  buckets[i] = { name = name, key = QUOTA .. name, windows = windows }
end

for _ = 1, number() do
  local name, ms = argument(), number()
  if now + ms > tonumber(call('HGET', BLOCKED, name) or '0') then
    call('HSET', BLOCKED, name, now + ms)
    call('PEXPIRE', BLOCKED, math.max(ms, call('PTTL', BLOCKED)) + HORIZON)
  end
end

local blocked, blocks = {}, call('HGETALL', BLOCKED)
for i = 1, #blocks, 2 do
  local name, ends = blocks[i], tonumber(blocks[i + 1])
  if ends > now then
    blocked[name] = ends
  else
    call('HDEL', BLOCKED, name)
  end
end

local function at_index(bucket, index)
  return tonumber(call('LINDEX', bucket.key, index) or nil)
end

-- When the call behind `ahead` others can go out, by the first `count` windows.
local function slot(bucket, ahead, count)
  local start = math.max(now, blocked[bucket.name] or 0)
  if count == 0 then
    return start
  end
  local window = bucket.windows[count]
  local rounds, rest = math.floor(ahead / window.limit), ahead % window.limit
  local last = at_index(bucket, rest - window.limit)
  local free
  if last then -- none lies further ahead than the horizon, unless the clock was set back
    free = math.max(start, math.min(last, now + HORIZON) + window.span)
  elseif rounds > 0 then -- the calls ahead have no time yet: they will take what the shorter windows allow
    free = slot(bucket, rest, count - 1)
  else
    free = start
  end
  return math.max(free + rounds * window.span, slot(bucket, ahead, count - 1))
end

local function queue(bucket, class)
  return bucket.key .. ':waiting:' .. class
end

-- How many calls that are back by `latest` go before this one.
local function ahead_of(bucket, class, name, latest)
  local ahead = 0
  for higher = 0, class - 1 do
    ahead = ahead + call('ZCOUNT', queue(bucket, higher), now - GRACE, latest)
  end
  local own = queue(bucket, class)
  local place = tonumber(call('ZSCORE', own, name))
  if place and place >= now - GRACE then
    latest = '(' .. place
  end
  return ahead + call('ZCOUNT', own, now - GRACE, latest)
end

-- Keep the list ascending: a call that had to wait for its chat may lie behind one that did not.
local function record(bucket, at)
  local later, index = nil, -1
  local last = at_index(bucket, index)
  while last and last > at do
    later, index = last, index - 1
    last = at_index(bucket, index)
  end
  if later then
    call('LINSERT', bucket.key, 'BEFORE', later, at)
  else
    call('RPUSH', bucket.key, at)
  end
  local longest = bucket.windows[#bucket.windows] -- it has the highest limit, too
  call('LTRIM', bucket.key, -longest.limit, -1)
  call('PEXPIRE', bucket.key, longest.span + 2 * HORIZON)
end

local reply = { now }
while position < #ARGV do
  local class, name = number(), argument()
  local asked, at = {}, now
  for i = 1, number() do
    local bucket = buckets[number()]
    local free = slot(bucket, ahead_of(bucket, class, name, now + SOON), #bucket.windows)
    asked[i] = { bucket = bucket, free = free, likely = free }
    if free > now + HORIZON then
      asked[i].likely = math.max(free, slot(bucket, ahead_of(bucket, class, name, '+inf'), #bucket.windows))
    end
    at = math.max(at, free)
  end
  if at <= now + HORIZON then
    for _, a in ipairs(asked) do
      record(a.bucket, at)
      call('ZREM', queue(a.bucket, class), name)
    end
    reply[#reply + 1] = 1
    reply[#reply + 1] = at - now
  else
    local back = now
    for _, a in ipairs(asked) do
      back = math.max(back, a.likely - EARLY)
    end
    for _, a in ipairs(asked) do
      if a.free > now + HORIZON then
        local own = queue(a.bucket, class)
        call('ZREMRANGEBYSCORE', own, '-inf', '(' .. now - GRACE)
        call('ZADD', own, back, name)
        call('PEXPIRE', own, math.max(back - now + GRACE, call('PTTL', own)))
      end
    end
    reply[#reply + 1] = 0
    reply[#reply + 1] = back - now
  end
end

for name, ends in pairs(blocked) do
  reply[#reply + 1] = name
  reply[#reply + 1] = ends - now
end
return reply
