-- One call a minute for each person, unless the next one is louder, or goes on with what was begun.
--
-- Who is refused is gathered with others: until they were called together, no other incident calls this person.
--
-- ARGV  person, loudness of the call, who calls, 1 for the one who calls for all that was gathered
-- Reply 0: call; else the time (ms) from which on they may be called again

local ABANDONED = 300000 -- ms after which nobody seems to call for what was gathered

local person, loudness, caller, is_for_all = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local key, now = MINUTE .. person, clock()
local last = call('HMGET', key, 'until', 'loudness', 'caller', 'gathers')
local ends, loudest = tonumber(last[1] or '0'), tonumber(last[2] or '-1')
local gathers, is_mine = last[4] == '1', last[3] == caller
local is_free = ends <= now and (is_for_all or not gathers or ends + ABANDONED <= now)

if not (is_free or is_mine or loudness > loudest) then
  if not is_for_all then
    call('HSET', key, 'gathers', 1)
  end
  return math.max(ends, now)
end
if ends <= now then
  ends, loudest = now + 60000, -1
elseif not is_mine then
  ends = now + 60000
end
call('HSET', key, 'until', string.format('%.0f', ends), 'loudness', math.max(loudness, loudest), 'caller', caller,
  'gathers', (gathers and not is_for_all) and 1 or 0)
call('PEXPIRE', key, 3600000)
return 0
