-- Keeps a message, unless one of its id is there; returns the seq, and of one that was there what it was, if it is still known.
local id, room, message, kept = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local before = redis.call('GET', 'chat:said:' .. id)
if before then
  local seq, where = before:match('^(%d+) (.*)$')
  local entry = redis.call('XRANGE', 'chat:room:' .. where, seq, seq)[1]
  return {seq, entry and entry[2][2] or message}
end
local seq = next_seq()
add('chat:room:' .. room, seq, kept * 1000, message)
redis.call('PEXPIRE', 'chat:room:' .. room, kept)
redis.call('SET', 'chat:said:' .. id, seq .. ' ' .. room, 'PX', kept)
tell(seq, '{"said":' .. message .. '}')
return {seq}
