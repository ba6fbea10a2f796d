import { createHash } from 'node:crypto';

/*
 * What happens in the server as one step, whoever else is at it. All keys begin with KEYS[1]:
 *   segment:<id>  hash: what is known (`record`), its `tags`, how many blocks it may have (`count`), what it takes (`cost`)
 *   blocks:<id>   hash: blocks by index, each with what it takes (u32, big-endian) in front
 *   uses          sorted set: segments by the number of their last use; `use` is the last number
 *   tag:<tag>     set: segments
 *   totals        hash: `segments`, `blocks`, `bytes`, and the `limit` of these
 * Keys follow from arguments, so one server has them all; a cluster would not do.
 */

/** What a cache takes where nobody says. */
const LIMIT = 2 ** 30;

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const FUNCTIONS = `
local P = KEYS[1]
local function touch(id)
  redis.call('ZADD', P .. 'uses', redis.call('INCR', P .. 'use'), id)
end
local function count(name, by)
  redis.call('HINCRBY', P .. 'totals', name, by)
end
local function remove(id)
  local segment, blocks = P .. 'segment:' .. id, P .. 'blocks:' .. id
  local cost = redis.call('HGET', segment, 'cost')
  redis.call('ZREM', P .. 'uses', id)
  if not cost then return end
  for tag in string.gmatch(redis.call('HGET', segment, 'tags'), '%x+') do
    redis.call('SREM', P .. 'tag:' .. tag, id)
  end
  count('segments', -1)
  count('blocks', 0 - redis.call('HLEN', blocks))
  count('bytes', 0 - cost)
  redis.call('UNLINK', segment, blocks)
end
local function total(name)
  return tonumber(redis.call('HGET', P .. 'totals', name))
end
local function makeRoom(cost, spared)
  local limit, skipped = total('limit') or ${LIMIT}, 0
  while (total('bytes') or 0) + cost > limit do
    local id = redis.call('ZRANGE', P .. 'uses', skipped, skipped)[1]
    if not id then return false end
    if id == spared then skipped = skipped + 1 else remove(id) end
  end
  return true
end`;

function script(body: string): Script {
  const lua = `${FUNCTIONS}\n${body}`;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Segment; the record and the tags that it had; those from now on; count and cost. -1: it had others. */
export const PUT_SEGMENT = script(`
local id, segment = ARGV[1], P .. 'segment:' .. ARGV[1]
local had = redis.call('HMGET', segment, 'record', 'tags')
if (had[1] or '') ~= ARGV[2] or (had[2] or '') ~= ARGV[3] then return -1 end
if not had[1] then
  if not makeRoom(ARGV[7], id) then return 0 end
  redis.call('HSET', segment, 'count', ARGV[6], 'cost', ARGV[7])
  count('segments', 1)
  count('bytes', ARGV[7])
end
redis.call('HSET', segment, 'record', ARGV[4], 'tags', ARGV[5])
for tag in string.gmatch(ARGV[5], '%x+') do redis.call('SADD', P .. 'tag:' .. tag, id) end
touch(id)
return 1`);

/** Segment. Its record, its tags and the indexes of its blocks. */
export const GET_SEGMENT = script(`
local had = redis.call('HMGET', P .. 'segment:' .. ARGV[1], 'record', 'tags')
if not had[1] then return false end
return { had[1], had[2], redis.call('HKEYS', P .. 'blocks:' .. ARGV[1]) }`);

/** Segment, index. */
export const GET_BLOCK = script(`
local block = redis.call('HGET', P .. 'blocks:' .. ARGV[1], ARGV[2])
if block then touch(ARGV[1]) end
return block`);

/** Segment, index, block, cost. 0: not kept. */
export const ADD_BLOCK = script(`
local id, segment, blocks = ARGV[1], P .. 'segment:' .. ARGV[1], P .. 'blocks:' .. ARGV[1]
local most = redis.call('HGET', segment, 'count')
if not most or tonumber(ARGV[2]) >= tonumber(most) then return 0 end
touch(id)
if redis.call('HEXISTS', blocks, ARGV[2]) == 1 then return 1 end
if not makeRoom(ARGV[4], id) then return 0 end
redis.call('HSET', blocks, ARGV[2], ARGV[3])
redis.call('HINCRBY', segment, 'cost', ARGV[4])
count('blocks', 1)
count('bytes', ARGV[4])
return 1`);

/** Segment, index. */
export const REMOVE_BLOCK = script(`
local block = redis.call('HGET', P .. 'blocks:' .. ARGV[1], ARGV[2])
if not block then return end
local cost = struct.unpack('>I4', block)
redis.call('HDEL', P .. 'blocks:' .. ARGV[1], ARGV[2])
redis.call('HINCRBY', P .. 'segment:' .. ARGV[1], 'cost', -cost)
count('blocks', -1)
count('bytes', -cost)`);

/** Segment. */
export const REMOVE_SEGMENT = script(`remove(ARGV[1])`);

/** Limit. */
export const SET_LIMIT = script(`
redis.call('HSET', P .. 'totals', 'limit', ARGV[1])
makeRoom(0)`);

/** Segments, blocks, bytes, limit. */
export const TOTALS = script(`
return { total('segments') or 0, total('blocks') or 0, total('bytes') or 0, total('limit') or ${LIMIT} }`);

/** Tag, how many. Removes it from so many segments; how many there were, and the bytes that this freed. */
export const FLUSH = script(`
local ids = redis.call('SRANDMEMBER', P .. 'tag:' .. ARGV[1], ARGV[2])
local before = total('bytes') or 0
for _, id in ipairs(ids) do
  local segment = P .. 'segment:' .. id
  local others = {}
  for tag in string.gmatch(redis.call('HGET', segment, 'tags') or '', '%x+') do
    if tag ~= ARGV[1] then table.insert(others, tag) end
  end
  if #others == 0 then remove(id) else redis.call('HSET', segment, 'tags', table.concat(others, ',')) end
  redis.call('SREM', P .. 'tag:' .. ARGV[1], id)
end
return { #ids, before - (total('bytes') or 0) }`);

/** How many. Removes so many, the least recently used first; how many there were. */
export const REMOVE_OLDEST = script(`
local ids = redis.call('ZRANGE', P .. 'uses', 0, ARGV[1] - 1)
for _, id in ipairs(ids) do remove(id) end
return #ids`);
