-- Wakes what is due, mends what lost its job, and delivers what was parked.
-- ARGV: cursor into the busy incidents, 0 to begin. Answers {now, next cursor, is there more that is due, incidents woken,
-- parked entries delivered, parked entries dropped, next due time or nil}.

local MOST, BUSY_AT_ONCE, AHEAD_MS, PARKED_MS = 200, 500, 5000, 30000

local now, real = clock()
local woken, delivered, dropped = 0, 0, 0

local due = call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST)
for _, incident in ipairs(due) do
  call('ZADD', DUE, now + AHEAD_MS, incident) -- its owner sets the true time; until then it is not in the way of others
  if call('HEXISTS', BUSY, incident) == 0 then
    wake(incident, real, call('HEXISTS', INCIDENT .. incident, 'page') == 1)
    woken = woken + 1
  end
end

local scan = call('HSCAN', BUSY, ARGV[1], 'COUNT', BUSY_AT_ONCE)
for i = 1, #scan[2], 2 do
  local incident, job = scan[2][i], scan[2][i + 1]
  if call('EXISTS', ARQ_JOB .. job) == 0 or not call('ZSCORE', ARQ_QUEUE, job) then
    call('DEL', ARQ_JOB .. job)
    call('ZREM', ARQ_QUEUE, job)
    wake(incident, real, call('HEXISTS', INCIDENT .. incident, 'page') == 1)
    woken = woken + 1
  end
end

for _, parked in ipairs(call('ZRANGE', PARKED, 0, MOST - 1)) do
  local chat, entry = string.match(parked, '^(%S+) (.*)$')
  local incident = call('HGET', CHATS, chat)
  local is_over = incident and call('HEXISTS', INCIDENT .. incident, 'ended') == 1
  if is_over or (not incident and tonumber(call('ZSCORE', PARKED, parked)) <= now - PARKED_MS) then
    call('ZREM', PARKED, parked)
    dropped = dropped + 1
  elseif incident then
    call('ZREM', PARKED, parked)
    call('RPUSH', INBOX .. incident, entry)
    delivered = delivered + 1
    if call('HEXISTS', BUSY, incident) == 0 then
      wake(incident, real)
    end
  end
end

local next_due = call('ZRANGE', DUE, 0, 0, 'WITHSCORES')[2]
return {now, scan[1], #due == MOST and 1 or 0, woken, delivered, dropped, next_due or false}
