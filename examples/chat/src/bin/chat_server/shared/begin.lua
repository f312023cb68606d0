-- A server that has heard all until `heard` wants to hear what comes: returns false when it can, else the seq of the last thing
-- that happened and, each with its number, who is there then.
local heard = tonumber(ARGV[1])
local last = tonumber(redis.call('GET', 'chat:seq') or 0)
if heard > 0 and heard <= last then
  local oldest = redis.call('XRANGE', 'chat:news', '-', '+', 'COUNT', 1)[1]
  if heard == last or oldest and tonumber(oldest[1]:match('^%d+')) <= heard then
    return false
  end
end
local people = {string.format('%.0f', last)}
for _, server in ipairs(redis.call('SMEMBERS', 'chat:servers')) do
  local fields = redis.call('HGETALL', home(server))
  for place = 1, #fields, 2 do
    local client = fields[place]:match('^person:(%d+)$')
    if client then
      table.insert(people, client)
      table.insert(people, fields[place + 1])
    end
  end
end
return people
