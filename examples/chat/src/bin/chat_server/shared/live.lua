-- A server lives, for so many milliseconds; returns whether it did all the time. Those that do not any more are told.
local server, time = ARGV[1], ARGV[2]
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
