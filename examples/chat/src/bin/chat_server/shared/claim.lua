-- Somebody is there, under this name: returns 'taken' when somebody else has it. The session is taken from the connection that
-- had it; unless it is `fresh`, it is 'lost' instead.
local server, client, name, session, presence, fresh = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('HEXISTS', home(server), 'lives') == 0 then
  return redis.error_reply('ERR the server counts as ended; it is to tell first that it lives')
end

local function holder(field)
  for _, other in ipairs(redis.call('SMEMBERS', 'chat:servers')) do
    local whose = redis.call('HGET', home(other), field)
    if whose and whose ~= client then
      return other, whose
    end
  end
end

local before_at, before
if session ~= '' then
  before_at, before = holder('session:' .. session)
end
local _, owner = holder('name:' .. name)
if owner and owner ~= before then
  return 'taken'
end
if before then
  if fresh == '' then
    return 'lost'
  end
  forget(before_at, before)
  tell(next_seq(), '{"replaced":{"client":' .. before .. '}}')
end
forget(server, client)
redis.call('HSET', home(server), 'person:' .. client, presence, 'name:' .. name, client, 'name-of:' .. client, name)
if session ~= '' then
  redis.call('HSET', home(server), 'session:' .. session, client, 'session-of:' .. client, session)
end
tell(next_seq(), '{"here":{"client":' .. client .. ',"presence":' .. presence .. '}}')
return 'given'
