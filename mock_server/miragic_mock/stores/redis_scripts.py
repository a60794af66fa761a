"""The steps that must be atomic in Redis, in Lua, and the names of the keys they work on.

Rule: a script is one method of the store; each starts with the same prelude, which names all its keys. Keys
are derived inside the scripts, so this is for one Redis (with replicas), not for a cluster.
"""

from __future__ import annotations

from typing import Final

DATA_VERSION: Final = 3

_NAMES: Final = f"""
local prefix, VERSION = KEYS[1], '{DATA_VERSION}'
local function tenant_key(id) return prefix .. 't:' .. id end
local function job_key(id) return prefix .. 'j:' .. id end
local function digest(key) return redis.call('HGET', key, 'digest') or '' end
local function digests(tenant, job)
    return digest(tenant_key('server')) .. digest(tenant_key(tenant)) .. digest(job_key(job))
end
"""

# `due_member` pads the number: Redis orders members of one score by their bytes, and so by number.
# `oldest_but_server` looks at two, since one of them may be the server.
PRELUDE: Final = (
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

local function keep_blob(tenant, sha256, content, most)
    local member = tenant .. ':' .. sha256
    if redis.call('EXISTS', blob_key(member)) == 1 then return false end
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
    return true
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
    redis.call('SET', prefix .. 'version', VERSION)
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

local function are_counts_so(tenant, counts)
    for at = 1, #counts, 3 do
        local found = redis.call('HGET', tenant_key(tenant) .. ':counts', counts[at]) or '0'
        if counts[at + 1] ~= '' and tonumber(found) ~= tonumber(counts[at + 1]) then return false end
    end
    return true
end

local function keep_counts(tenant, counts, most)
    local key = tenant_key(tenant) .. ':counts'
    for at = 1, #counts, 3 do
        if counts[at + 1] == '' then redis.call('HINCRBY', key, counts[at], 1)
        else redis.call('HSET', key, counts[at], counts[at + 2]) end
        add_counter(tenant, counts[at], most)
    end
end
"""
)

PROBE: Final = (
    _NAMES
    + """
local key = prefix .. 'probe'
redis.call('SET', key, ARGV[1])
local content = redis.call('GET', key)
redis.call('DEL', key)
return content
"""
)
"""content -> the same, written and read back."""

ADD_TENANT: Final = PRELUDE + "return add_tenant(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])"
"""id, doc, expires_at or '', '1' or '0' for declared, most tenants -> the doc that is there."""

END_TENANT: Final = (
    PRELUDE
    + """
local expires_at = redis.call('ZSCORE', prefix .. 'expiring', ARGV[1])
if not expires_at or tonumber(expires_at) > tonumber(ARGV[2]) then return 0 end
drop_tenant(ARGV[1])
return 1
"""
)
"""id, a real moment -> 1, or 0 where there is no such tenant or its time is not over."""

CHANGE_TENANT: Final = (
    PRELUDE
    + """
if redis.call('HGET', tenant_key(ARGV[1]), 'doc') ~= ARGV[2] then return 0 end
write_tenant(ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 1
"""
)
"""id, doc before, doc after, expires_at or '', '1' or '0' -> 1, or 0 when another change was faster."""

DROP_TENANT: Final = (
    PRELUDE
    + """
if redis.call('EXISTS', tenant_key(ARGV[1])) == 0 then return 0 end
if ARGV[2] == '1' then drop_tenant(ARGV[1]) else reset_tenant(ARGV[1]) end
return 1
"""
)
"""id, '1' to drop or '0' to reset -> 1, or 0 when there was no such tenant."""

CHANGE_JOB: Final = (
    PRELUDE
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
local job = redis.call('HMGET', job_key(ARGV[2]), 'tenant', 'doc', 'number', 'polls', 'shown')
local tenant, doc, number, polls, shown = unpack(job)
if tenant ~= ARGV[1] then doc, number, polls, shown = false, false, false, false end
local server = redis.call('HGET', tenant_key('server'), 'doc')
local asker = redis.call('HGET', tenant_key(ARGV[1]), 'doc')
return {server, asker, doc, number, polls, shown, digests(ARGV[1], ARGV[2]), redis.call('TIME')}
"""
)
"""tenant, id of a job -> docs of server, tenant and job, the job's number, its polls and when a poll last
showed it, nothing for each that is not there; the digests of the docs; the time."""

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
    PRELUDE
    + """
local tenant, name, most = unpack(ARGV, 1, 3)
if redis.call('EXISTS', tenant_key(tenant)) == 0 then return false end
local n = redis.call('HINCRBY', tenant_key(tenant) .. ':counts', name, 1)
add_counter(tenant, name, most)
return n
"""
)
"""tenant, name, most counters -> the count, or nothing for no such tenant."""

# The number of the poll is known only in the script, so it is put at the end of the JSON text there. Decoding
# and encoding the text in Lua would change its other numbers: cjson writes 14 digits of them.
_APPEND: Final = """
local tenant, doc, most, counts_poll, job, at, most_counters, proof = unpack(ARGV, 1, 8)
local base = tenant_key(tenant)
local counts = {unpack(ARGV, 9)}
if proof ~= '' then
    local shown = redis.call('HGET', job_key(job), 'shown')
    if proof ~= digests(tenant, job) or tonumber(shown or '0') > tonumber(at) then return -1 end
end
if redis.call('EXISTS', base) == 0 then return false end
if #counts > 0 and not are_counts_so(tenant, counts) then return -1 end
local poll = 0
if counts_poll == '1' and redis.call('HGET', job_key(job), 'tenant') == tenant then
    poll = redis.call('HINCRBY', job_key(job), 'polls', 1)
    if tonumber(redis.call('HGET', job_key(job), 'shown') or '0') < tonumber(at) then
        redis.call('HSET', job_key(job), 'shown', at)
    end
    doc = string.sub(doc, 1, -2) .. ',"poll":' .. poll .. '}'
end
if #counts > 0 then keep_counts(tenant, counts, most_counters) end
redis.call('RPUSH', base .. ':log', doc)
redis.call('LTRIM', base .. ':log', -tonumber(most), -1)
return {redis.call('HINCRBY', base, 'journaled', 1), poll, redis.call('TIME')}
"""

# Two, since most exchanges are polls, which need none of what the prelude makes anew for every run.
APPEND: Final = _NAMES + _APPEND
APPEND_COUNTING: Final = PRELUDE + _APPEND
"""tenant, doc (a JSON object), most exchanges, '1' to count a poll, the job it is about or '', the real
moment, most counters, the digests that there must be or '', then (`APPEND_COUNTING` alone) for each counter
its name, the value that it must have or '', its new value -> number, poll (0: none) and the time, or
`OUTDATED`, or nothing for no such tenant."""

OUTDATED: Final = -1

SWEEP: Final = (
    PRELUDE
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
