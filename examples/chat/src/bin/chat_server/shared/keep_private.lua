-- Keeps a private message for the sessions that are named, unless one of its id is there; returns its seq, and whether it was.
local id, message, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = redis.call('GET', 'chat:told:' .. id)
if before then
  return {before, 1}
end
local seq = next_seq()
for place = 4, #ARGV do
  add('chat:private:' .. ARGV[place], seq, kept * 1000, message)
  redis.call('PEXPIRE', 'chat:private:' .. ARGV[place], kept)
end
redis.call('SET', 'chat:told:' .. id, seq, 'PX', kept)
tell(seq, '{"told":' .. message .. '}')
return {seq}
