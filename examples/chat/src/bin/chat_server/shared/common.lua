-- Stands before each of the others. The keys:
--   chat:seq              the seq of the last thing that happened
--   chat:news             stream: what the servers tell each other, of the last half minute
--   chat:room:ROOM        stream: what was said there
--   chat:said:ID          where the message of this id is: its seq and its stream
--   chat:private:SESSION  stream: what was told by and to a session
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
