-- A server ends.
redis.call('DEL', home(ARGV[1]))
redis.call('SREM', 'chat:servers', ARGV[1])
tell(next_seq(), '{"ended":{"server":' .. ARGV[1] .. '}}')
