-- Keeps a message in streams, unless one of its id is there; returns the seq, and of one that was there what it was, if it is
-- still known.
local id, message, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = redis.call('GET', 'chat:said:' .. id)
if before then
  local seq, where = before:match('^(%d+) (.*)$')
  local entry = redis.call('XRANGE', where, seq, seq)[1]
  return {seq, entry and entry[2][2] or message}
end
local seq = next_seq()
for place = 4, #ARGV do
  add(ARGV[place], seq, kept * 1000, message)
  redis.call('PEXPIRE', ARGV[place], kept)
end
redis.call('SET', 'chat:said:' .. id, seq .. ' ' .. (ARGV[4] or ''), 'PX', kept)
tell(seq, '{"kept":' .. message .. '}')
return {seq}
