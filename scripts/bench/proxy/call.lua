-- tools/call of 1 KB, each with an id of its own. Arguments: bearer token, session, tool, Host.
local number = 100000
local head, tail

function init(args)
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
  wrk.headers["accept"] = "application/json, text/event-stream"
  wrk.headers["mcp-protocol-version"] = "2025-06-18"
  if args[1] ~= "-" then wrk.headers["authorization"] = "Bearer " .. args[1] end
  if args[2] ~= "-" then wrk.headers["mcp-session-id"] = args[2] end
  local method = args[4]
  head = '{"jsonrpc":"2.0","id":'
  if method == "list" then
    tail = ',"method":"tools/list","params":{}}'
  else
    tail = ',"method":"tools/call","params":{"name":"' .. args[3] .. '","arguments":{"path":"/data/public/readme.md","text":"' ..
      string.rep("x", 960) .. '"}}}'
  end
end

function request()
  number = number + 1
  return wrk.format(nil, nil, nil, head .. number .. tail)
end

function done(summary, latency)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('{"calls":%d,"seconds":%f,"wrong":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration / 1e6, wrong, latency:percentile(50), latency:percentile(99)))
end
