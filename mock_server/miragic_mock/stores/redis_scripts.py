"""The steps that must be atomic in Redis, in Lua, and the names of the keys they work on.

Rule: a script is one method of the store; each starts with the same prelude, which names all its keys. Keys
are derived inside the scripts, so this is for one Redis (with replicas), not for a cluster.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = """
local prefix = KEYS[1]
local function tenant_key(id) return prefix .. 't:' .. id end
local function job_key(id) return prefix .. 'j:' .. id end
local function digest(key) return redis.call('HGET', key, 'digest') or '' end
local function digests(tenant, job)
    return digest(tenant_key('server')) .. digest(tenant_key(tenant)) .. digest(job_key(job))
end
"""

# `due_member` pads the number: Redis orders members of one score by their bytes, and so by number.
# `oldest_but_server` looks at two, since one of them may be the server.
_PRELUDE: Final = (
    _NAMES
    + """
local TENANTS, ARRIVALS = prefix .. 'tenants', prefix .. 'arrivals'
local BLOBS, COUNTERS, EVICTED = prefix .. 'blobs', prefix .. 'counters', prefix .. 'evicted'
local function blob_key(member) return prefix .. 'b:' .. member end
local function next_place() return redis.call('INCR', prefix .. 'place') end
local function due_member(number, id) return string.format('%015d:%s', tonumber(number), id) end

local function forget_job(id)
    local tenant, number = unpack(redis.call('HMGET', job_key(id), 'tenant', 'number'))
    redis.call('ZREM', ARRIVALS, id)
    if not tenant then return 0 end
    local base = tenant_key(tenant)
    redis.call('DEL', job_key(id))
    redis.call('ZREM', base .. ':jobs', id)
    redis.call('ZREM', base .. ':due', due_member(number, id))
    return 1
end

local function forget_blob(member)
    local size = redis.call('STRLEN', blob_key(member))
    redis.call('DEL', blob_key(member))
    redis.call('ZREM', BLOBS, member)
    redis.call('DECRBY', prefix .. 'blob_bytes', size)
    return size
end

local function reset_tenant(id)
    local base = tenant_key(id)
    local gone = 0
    for _, job in ipairs(redis.call('ZRANGE', base .. ':jobs', 0, -1)) do gone = gone + forget_job(job) end
    for _, member in ipairs(redis.call('SMEMBERS', base .. ':blobs')) do forget_blob(member) end
    for _, name in ipairs(redis.call('HKEYS', base .. ':counts')) do
        redis.call('ZREM', COUNTERS, id .. ':' .. name)
    end
    redis.call('DEL', base .. ':jobs', base .. ':due', base .. ':counts', base .. ':log', base .. ':blobs')
    redis.call('HDEL', base, 'made', 'charged', 'journaled')
    return gone
end

local function drop_tenant(id)
    local gone = reset_tenant(id)
    redis.call('DEL', tenant_key(id))
    redis.call('ZREM', TENANTS, id)
    redis.call('ZREM', prefix .. 'undeclared', id)
    redis.call('ZREM', prefix .. 'expiring', id)
    return gone
end

local function evict_tenant(id)
    redis.call('HINCRBY', EVICTED, 'jobs', drop_tenant(id))
    redis.call('HINCRBY', EVICTED, 'tenants', 1)
end

local function write_tenant(id, doc, expires_at, is_declared)
    redis.call('HSET', tenant_key(id), 'doc', doc, 'digest', redis.sha1hex(doc))
    if expires_at == '' then redis.call('ZREM', prefix .. 'expiring', id)
    else redis.call('ZADD', prefix .. 'expiring', expires_at, id) end
    if is_declared == '1' then redis.call('ZREM', prefix .. 'undeclared', id)
    else redis.call('ZADD', prefix .. 'undeclared', redis.call('ZSCORE', TENANTS, id), id) end
end

local function oldest_but_server(key)
    for _, id in ipairs(redis.call('ZRANGE', key, 0, 1)) do
        if id ~= 'server' then return id end
    end
end

local function add_tenant(id, doc, expires_at, is_declared, most)
    local there = redis.call('HGET', tenant_key(id), 'doc')
    if there then return there end
    if redis.call('ZCARD', TENANTS) >= tonumber(most) then
        local victim = oldest_but_server(prefix .. 'undeclared') or oldest_but_server(TENANTS)
        if victim then evict_tenant(victim) end
    end
    redis.call('ZADD', TENANTS, next_place(), id)
    write_tenant(id, doc, expires_at, is_declared)
    return doc
end

local function add_counter(tenant, name, most)
    redis.call('ZADD', COUNTERS, next_place(), tenant .. ':' .. name)
    if redis.call('ZCARD', COUNTERS) > tonumber(most) then
        local owner, oldest = string.match(redis.call('ZPOPMIN', COUNTERS)[1], '^([^:]+):(.*)$')
        redis.call('HDEL', tenant_key(owner) .. ':counts', oldest)
        redis.call('HINCRBY', EVICTED, 'counters', 1)
    end
end
"""
)

ADD_TENANT: Final = _PRELUDE + "return add_tenant(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])"
"""id, doc, expires_at or '', '1' or '0' for declared, most tenants -> the doc that is there."""

CHANGE_TENANT: Final = (
    _PRELUDE
    + """
if redis.call('HGET', tenant_key(ARGV[1]), 'doc') ~= ARGV[2] then return 0 end
write_tenant(ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 1
"""
)
"""id, doc before, doc after, expires_at or '', '1' or '0' -> 1, or 0 when another change was faster."""

DROP_TENANT: Final = (
    _PRELUDE
    + """
if redis.call('EXISTS', tenant_key(ARGV[1])) == 0 then return 0 end
if ARGV[2] == '1' then drop_tenant(ARGV[1]) else reset_tenant(ARGV[1]) end
return 1
"""
)
"""id, '1' to drop or '0' to reset -> 1, or 0 when there was no such tenant."""

ADD_JOB: Final = (
    _PRELUDE
    + """
local tenant, id, doc, cost, allowance, due_at, received_at, most = unpack(ARGV, 1, 8)
add_tenant(tenant, ARGV[9], '', '0', ARGV[10])
local base = tenant_key(tenant)
local charged = tonumber(redis.call('HGET', base, 'charged') or '0')
if redis.call('EXISTS', job_key(id)) == 1 then return {-1, charged} end
if allowance ~= '' and charged + tonumber(cost) > tonumber(allowance) then return {-2, charged} end
local number = redis.call('HINCRBY', base, 'made', 1)
redis.call('HINCRBY', base, 'charged', cost)
redis.call('HSET', job_key(id), 'tenant', tenant, 'doc', doc, 'digest', redis.sha1hex(doc),
    'number', number, 'received', received_at)
redis.call('ZADD', base .. ':jobs', number, id)
if due_at ~= '' then redis.call('ZADD', base .. ':due', due_at, due_member(number, id)) end
redis.call('ZADD', ARRIVALS, next_place(), id)
while redis.call('ZCARD', ARRIVALS) > tonumber(most) do
    local gone = forget_job(redis.call('ZRANGE', ARRIVALS, 0, 0)[1])
    redis.call('HINCRBY', EVICTED, 'jobs', gone)
end
return {number, charged}
"""
)
"""tenant, id, doc, cost, allowance or '', due_at or '', received_at, most jobs, doc of a new tenant, most
tenants -> number, or `JOB_EXISTS` or `OUT_OF_CREDITS`, and what had been charged before."""

JOB_EXISTS: Final = -1
OUT_OF_CREDITS: Final = -2

CHANGE_JOB: Final = (
    _PRELUDE
    + """
local id, before, after, due_at = unpack(ARGV, 1, 4)
local tenant, doc, number = unpack(redis.call('HMGET', job_key(id), 'tenant', 'doc', 'number'))
if doc ~= before then return 0 end
redis.call('HSET', job_key(id), 'doc', after, 'digest', redis.sha1hex(after))
local due = tenant_key(tenant) .. ':due'
if due_at == '' then redis.call('ZREM', due, due_member(number, id))
else redis.call('ZADD', due, due_at, due_member(number, id)) end
return 1
"""
)
"""id, doc before, doc after, due_at or '' -> 1, or 0 when another change was faster."""

GLANCE: Final = (
    _NAMES
    + """
local job = redis.call('HMGET', job_key(ARGV[2]), 'tenant', 'doc', 'number', 'polls')
local tenant, doc, number, polls = unpack(job)
if tenant ~= ARGV[1] then doc, number, polls = false, false, false end
local server = redis.call('HGET', tenant_key('server'), 'doc')
local asker = redis.call('HGET', tenant_key(ARGV[1]), 'doc')
return {server, asker, doc, number, polls, digests(ARGV[1], ARGV[2])}
"""
)
"""tenant, id of a job -> docs of server, tenant and job, the job's number and polls, nothing for each that is
not there; and the digests of the docs."""

POLL: Final = (
    _NAMES
    + """
local key = job_key(ARGV[2])
local tenant, doc, number = unpack(redis.call('HMGET', key, 'tenant', 'doc', 'number'))
if tenant ~= ARGV[1] then return false end
return {doc, number, redis.call('HINCRBY', key, 'polls', 1)}
"""
)
"""tenant, id -> doc, number and polls, or nothing."""

COUNT: Final = (
    _PRELUDE
    + """
local tenant, name, most = unpack(ARGV, 1, 3)
add_tenant(tenant, ARGV[4], '', '0', ARGV[5])
add_counter(tenant, name, most)
return redis.call('HINCRBY', tenant_key(tenant) .. ':counts', name, 1)
"""
)
"""tenant, name, most counters, doc of a new tenant, most tenants -> the count."""

SINCE: Final = (
    _PRELUDE
    + """
local tenant, name, most = unpack(ARGV, 1, 3)
add_tenant(tenant, ARGV[4], '', '0', ARGV[5])
local counts = tenant_key(tenant) .. ':counts'
if redis.call('HSETNX', counts, name, ARGV[6]) == 1 then add_counter(tenant, name, most) end
return redis.call('HGET', counts, name)
"""
)
"""tenant, name, most counters, doc of a new tenant, most tenants, now -> the moment first noted."""

# The number of the poll is known only in the script, so it is put at the end of the JSON text there. Decoding
# and encoding the text in Lua would change its other numbers: cjson writes 14 digits of them.
APPEND: Final = (
    _NAMES
    + """
local tenant, doc, most, counts_poll, job, proof = unpack(ARGV, 1, 6)
local base = tenant_key(tenant)
if proof and proof ~= digests(tenant, job) then return -1 end
if redis.call('EXISTS', base) == 0 then return false end
local poll = 0
if counts_poll == '1' and redis.call('HGET', job_key(job), 'tenant') == tenant then
    poll = redis.call('HINCRBY', job_key(job), 'polls', 1)
    doc = string.sub(doc, 1, -2) .. ',"poll":' .. poll .. '}'
end
redis.call('RPUSH', base .. ':log', doc)
redis.call('LTRIM', base .. ':log', -tonumber(most), -1)
return {redis.call('HINCRBY', base, 'journaled', 1), poll}
"""
)
"""tenant, doc (a JSON object), most exchanges, '1' to count a poll, the job it is about or '', perhaps the
digests that there must be -> number and poll (0: none), or `OUTDATED`, or nothing for no such tenant."""

OUTDATED: Final = -1

PUT_BLOB: Final = (
    _PRELUDE
    + """
local tenant, sha256, content, most = unpack(ARGV, 1, 4)
local member = tenant .. ':' .. sha256
if redis.call('EXISTS', blob_key(member)) == 1 then return 0 end
redis.call('SET', blob_key(member), content)
redis.call('ZADD', BLOBS, next_place(), member)
redis.call('SADD', tenant_key(tenant) .. ':blobs', member)
local total = redis.call('INCRBY', prefix .. 'blob_bytes', #content)
while total > tonumber(most) do
    local oldest = redis.call('ZRANGE', BLOBS, 0, 0)[1]
    redis.call('SREM', tenant_key(string.match(oldest, '^[^:]+')) .. ':blobs', oldest)
    total = total - forget_blob(oldest)
    redis.call('HINCRBY', EVICTED, 'blobs', 1)
end
return 1
"""
)
"""tenant, sha256, content, most bytes of all -> 1, or 0 when it was there."""

SWEEP: Final = (
    _PRELUDE
    + """
local expired = redis.call('ZRANGEBYSCORE', prefix .. 'expiring', '-inf', ARGV[1])
for _, id in ipairs(expired) do evict_tenant(id) end
while true do
    local id = redis.call('ZRANGE', ARRIVALS, 0, 0)[1]
    if not id or tonumber(redis.call('HGET', job_key(id), 'received')) > tonumber(ARGV[2]) then return 1 end
    redis.call('HINCRBY', EVICTED, 'jobs', forget_job(id))
end
"""
)
"""now, the oldest moment a kept job was received -> 1."""
