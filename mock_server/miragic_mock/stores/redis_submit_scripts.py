"""A submission as one step in Redis, and the step that takes back one whose answer was lost.

Rule: everything is checked before anything is written. Redis refuses the first write of a script where it is
full or a replica, and none that follows: so a script does all or nothing.
"""

from __future__ import annotations

from typing import Final

from .redis_scripts import PRELUDE

SUBMIT: Final = (
    PRELUDE
    + """
local tenant, id, doc, cost, allowance, due_at, received_at, token = unpack(ARGV, 1, 8)
local exchange, sha256, content = unpack(ARGV, 9, 11)
local most_jobs, most_exchanges, most_counters, most_blob_bytes = unpack(ARGV, 12, 15)
local counts = {unpack(ARGV, 16)}
local base = tenant_key(tenant)
if redis.call('EXISTS', base) == 0 then return {-3, 0} end
if redis.call('EXISTS', prefix .. 'void:' .. token) == 1 then return {-4, 0} end
if redis.call('EXISTS', job_key(id)) == 1 then return {-1, 0} end
local charged = tonumber(redis.call('HGET', base, 'charged') or '0')
if allowance ~= '' and charged + tonumber(cost) > tonumber(allowance) then return {-2, charged} end
if not are_counts_so(tenant, counts) then return {-4, 0} end

local number = redis.call('HINCRBY', base, 'made', 1)
redis.call('HINCRBY', base, 'charged', cost)
redis.call('HSET', job_key(id), 'tenant', tenant, 'doc', doc, 'digest', redis.sha1hex(doc),
    'number', number, 'received', received_at, 'token', token)
redis.call('ZADD', base .. ':jobs', number, id)
if due_at ~= '' then redis.call('ZADD', base .. ':due', due_at, due_member(number, id)) end
redis.call('ZADD', ARRIVALS, next_place(), id)
while redis.call('ZCARD', ARRIVALS) > tonumber(most_jobs) do
    local gone = forget_job(redis.call('ZRANGE', ARRIVALS, 0, 0)[1])
    redis.call('HINCRBY', EVICTED, 'jobs', gone)
end
keep_counts(tenant, counts, most_counters)
if sha256 ~= '' and keep_blob(tenant, sha256, content, most_blob_bytes) then
    redis.call('HSET', job_key(id), 'blob', tenant .. ':' .. sha256)
end
redis.call('RPUSH', base .. ':log', exchange)
redis.call('LTRIM', base .. ':log', -tonumber(most_exchanges), -1)
return {number, redis.call('HINCRBY', base, 'journaled', 1)}
"""
)
"""tenant, id, doc, cost, allowance or '', due_at or '', received_at, token; doc of the exchange, digest of
the upload or '', its bytes; most jobs, exchanges, counters and bytes of uploads; for each counter its name,
the value that it must have or '', its new value -> numbers of job and exchange, or one of the four below and
what had been charged before."""

JOB_EXISTS: Final = -1
OUT_OF_CREDITS: Final = -2
NO_TENANT: Final = -3
OUTDATED: Final = -4

TAKE_BACK: Final = (
    PRELUDE
    + """
local tenant, id, cost, token, exchange = unpack(ARGV, 1, 5)
local base = tenant_key(tenant)
if redis.call('HGET', job_key(id), 'token') ~= token then
    redis.call('SET', prefix .. 'void:' .. token, '1', 'EX', 3600)
    return 0
end
local number, blob = unpack(redis.call('HMGET', job_key(id), 'number', 'blob'))
forget_job(id)
if blob and redis.call('SREM', base .. ':blobs', blob) == 1 then forget_blob(blob) end
redis.call('HINCRBY', base, 'charged', -cost)
if redis.call('HGET', base, 'made') == number then redis.call('HINCRBY', base, 'made', -1) end
if redis.call('LREM', base .. ':log', -1, exchange) == 1 then redis.call('HINCRBY', base, 'journaled', -1) end
local counts = base .. ':counts'
for at = 6, #ARGV, 3 do
    local name, before, after = unpack(ARGV, at, at + 2)
    local now = redis.call('HGET', counts, name)
    if before == '' then redis.call('HINCRBY', counts, name, -1)
    elseif now and tonumber(now) == tonumber(after) then redis.call('HSET', counts, name, before) end
end
return 1
"""
)
"""tenant, id, cost and token of a submission, doc of its exchange, its counters as for `SUBMIT` -> 1 where it
had been kept, else 0. It is not kept afterwards, should `SUBMIT` reach Redis only then."""
