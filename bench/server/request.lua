-- What wrk sends: `BODY`, if there is one, names a file in which {{UUID}}, {{RANDOM}} and {{NOW}} are put anew into each
-- request; `PATHS` names a file of paths, of which each request has the next one; `HEADERS` one with a "Name: value" in
-- each line.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, microseconds; } moment; int gettimeofday(moment *, void *);")
local now = ffi.new("moment[1]")
local headers, parts, paths, count, today = {}, {}, nil, 0, nil

local function lines(file)
  local found = {}
  for line in io.lines(file) do found[#found + 1] = line end
  return found
end

local random = math.random

-- The last three groups of a UUID.
local function tail()
  return string.format("%04x-%06x%06x", 32768 + random(0, 16383), random(0, 2 ^ 24 - 1), random(0, 2 ^ 24 - 1))
end

local fresh = {
  -- As the SDK makes it: it begins with the time (version 7).
  UUID = function()
    ffi.C.gettimeofday(now, nil)
    local time = tonumber(now[0].seconds) * 1000 + math.floor(tonumber(now[0].microseconds) / 1000)
    return string.format("%08x-%04x-7%03x-%s", math.floor(time / 65536), time % 65536, random(0, 4095), tail())
  end,
  -- As others may: random (version 4).
  RANDOM = function()
    return string.format("%08x-%04x-4%03x-%s", random(0, 2 ^ 31 - 1), random(0, 65535), random(0, 4095), tail())
  end,
  NOW = function() return today end,
}

-- The texts between the placeholders, and the placeholders' functions, in turn.
local function split(text)
  local place = 1
  for before, name, after in text:gmatch("(){{(%u+)}}()") do
    parts[#parts + 1] = text:sub(place, before - 1)
    parts[#parts + 1] = fresh[name]
    place = after
  end
  parts[#parts + 1] = text:sub(place)
end

function init()
  local random = io.open("/dev/urandom", "rb")
  local a, b, c = random:read(3):byte(1, 3)
  random:close()
  math.randomseed(a + b * 256 + c * 65536)
  today = os.date("!%Y-%m-%dT%H:%M:%S.000Z")
  for _, line in ipairs(lines(os.getenv("HEADERS"))) do
    local name, value = line:match("^([^:]+):%s*(.*)$")
    headers[name] = value
  end
  if os.getenv("PATHS") then paths = lines(os.getenv("PATHS")) end
  if os.getenv("BODY") then
    split(table.concat(lines(os.getenv("BODY")), "\n"))
    headers["Content-Type"] = "application/json"
  elseif not paths then
    local same = wrk.format("GET", nil, headers)
    request = function() return same end
  end
end

function request()
  count = count + 1
  if paths then return wrk.format("GET", paths[(count - 1) % #paths + 1], headers) end
  local body = {}
  for index, part in ipairs(parts) do body[index] = type(part) == "function" and part() or part end
  return wrk.format("POST", nil, headers, table.concat(body))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"median":%.3f,"p99":%.3f,"slowest":%.3f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
