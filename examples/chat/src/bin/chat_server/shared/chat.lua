-- What the servers do in Redis, by name; each operation runs whole or not at all. The keys:
--   chat:seq              the seq of the last thing that happened
--   chat:news             stream: what the servers tell each other, of the last half minute
--   chat:room:ROOM        stream: what was said there
--   chat:private:SESSION  stream: what was told by and to a session
--   chat:said:ID          where the message of this id is: its seq and its stream
--   chat:servers          set: the servers that live
--   chat:server:SERVER    hash: who is there, expires when the server is not heard of any more
-- An entry's id in a stream is its seq: the time in microseconds, and greater than that of all before it.
local NEWS_KEPT = 30 * 1000000

local function next_seq()
  local time = redis.call('TIME')
  local last = tonumber(redis.call('GET', 'chat:seq') or 0)
  local seq = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', 'chat:seq', seq)
  return seq
end

-- Adds to a stream, which forgets what is older.
local function add(stream, seq, age, entry, how)
  redis.call('XADD', stream, 'MINID', how or '=', string.format('%.0f', math.max(seq - age, 0)), seq .. '-0', 'entry', entry)
end

local function tell(seq, news)
  add('chat:news', seq, NEWS_KEPT, news, '~')
end

local function home(server)
  return 'chat:server:' .. server
end

local function forget(server, client)
  for _, kind in ipairs({'name', 'session'}) do
    local value = redis.call('HGET', home(server), kind .. '-of:' .. client)
    if value and redis.call('HGET', home(server), kind .. ':' .. value) == client then
      redis.call('HDEL', home(server), kind .. ':' .. value)
    end
    redis.call('HDEL', home(server), kind .. '-of:' .. client)
  end
  redis.call('HDEL', home(server), 'person:' .. client)
end

-- Returns who has this, other than the client, and at which server.
local function holder(field, client)
  for _, server in ipairs(redis.call('SMEMBERS', 'chat:servers')) do
    local whose = redis.call('HGET', home(server), field)
    if whose and whose ~= client then
      return server, whose
    end
  end
end

local operations = {}

-- Keeps a message in streams, unless one of its id is there; returns the seq, and of one that was there what it was, if it is
-- still known.
function operations.keep(id, message, kept, ...)
  local streams = {...}
  local before = redis.call('GET', 'chat:said:' .. id)
  if before then
    local seq, where = before:match('^(%d+) (.*)$')
    local entry = redis.call('XRANGE', where, seq, seq)[1]
    return {seq, entry and entry[2][2] or message}
  end
  local seq = next_seq()
  for _, stream in ipairs(streams) do
    add(stream, seq, kept * 1000, message)
    redis.call('PEXPIRE', stream, kept)
  end
  redis.call('SET', 'chat:said:' .. id, seq .. ' ' .. (streams[1] or ''), 'PX', kept)
  tell(seq, '{"kept":' .. message .. '}')
  return {seq, false}
end

-- Tells all servers something that is kept nowhere.
function operations.tell(news)
  tell(next_seq(), news)
end

-- Somebody is there, under this name: returns 'taken' when somebody else has it. The session is taken from the connection that
-- had it; unless it is `fresh`, it is 'lost' instead.
function operations.claim(server, client, name, session, presence, fresh)
  if redis.call('HEXISTS', home(server), 'lives') == 0 then
    return redis.error_reply('ERR the server counts as ended; it is to tell first that it lives')
  end
  local before_at, before
  if session ~= '' then
    before_at, before = holder('session:' .. session, client)
  end
  local _, owner = holder('name:' .. name, client)
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
end

-- Somebody has gone.
function operations.leave(server, client)
  forget(server, client)
  tell(next_seq(), '{"gone":{"client":' .. client .. '}}')
  return 'given'
end

-- A server lives, for so many milliseconds; returns whether it did all the time. Those that do not any more are told.
function operations.live(server, time)
  local lived = redis.call('PEXPIRE', home(server), time)
  if lived == 0 then
    redis.call('HSET', home(server), 'lives', 1)
    redis.call('PEXPIRE', home(server), time)
    redis.call('SADD', 'chat:servers', server)
  end
  for _, other in ipairs(redis.call('SMEMBERS', 'chat:servers')) do
    if redis.call('EXISTS', home(other)) == 0 then
      redis.call('SREM', 'chat:servers', other)
      tell(next_seq(), '{"ended":{"server":' .. other .. '}}')
    end
  end
  return lived
end

-- A server ends.
operations['end'] = function(server)
  redis.call('DEL', home(server))
  redis.call('SREM', 'chat:servers', server)
  tell(next_seq(), '{"ended":{"server":' .. server .. '}}')
end

-- A server that has heard all until `heard` wants to hear what comes: returns false when it can, else the seq of the last thing
-- that happened and, each with its number, who is there then.
function operations.begin(heard)
  heard = tonumber(heard)
  local last = tonumber(redis.call('GET', 'chat:seq') or 0)
  if heard > 0 and heard <= last then
    local oldest = redis.call('XRANGE', 'chat:news', '-', '+', 'COUNT', 1)[1]
    if heard == last or oldest and tonumber(oldest[1]:match('^%d+')) <= heard then
      return false
    end
  end
  local people = {}
  for _, server in ipairs(redis.call('SMEMBERS', 'chat:servers')) do
    local fields = redis.call('HGETALL', home(server))
    for place = 1, #fields, 2 do
      local client = fields[place]:match('^person:(%d+)$')
      if client then
        table.insert(people, {client, fields[place + 1]})
      end
    end
  end
  return {string.format('%.0f', last), people}
end

return operations[ARGV[1]](unpack(ARGV, 2))
