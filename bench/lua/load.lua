-- Load for wrk: the requests listed in a file, in turn, and one line of JSON at the end.
--
--   wrk ... -s load.lua URL -- METHOD PATHS [BODY CONTENT_TYPE]
--
-- PATHS has a path a line; BODY is a file. Requests are written once, before the clock starts, so that wrk
-- only sends.

local requests, at = {}, 0

local function read(name)
  local file = assert(io.open(name, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

function init(args)
  local method, paths, body, content_type = args[1], args[2], args[3], args[4]
  local headers = { ["X-API-Key"] = "mock_key_bench" }
  if content_type then headers["Content-Type"] = content_type end
  local content = body and read(body) or nil
  for path in io.lines(paths) do
    requests[#requests + 1] = wrk.format(method, path, headers, content)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50_us": %.1f, "p99_us": %.1f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
