-- Somebody has gone.
local server, client = ARGV[1], ARGV[2]
forget(server, client)
tell(next_seq(), '{"gone":{"client":' .. client .. '}}')
