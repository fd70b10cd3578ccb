-- A call of a tool, 190 bytes, each with an id of its own.
local id = 10000000
local text = "which files of the repository were changed since yesterday, and by whom, and why, in shor"

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["Mcp-Session-Id"] = "bench"

function request()
    id = id + 1
    return wrk.format(nil, "/mcp", nil, '{"jsonrpc":"2.0","id":' .. id
        .. ',"method":"tools/call","params":{"name":"search","arguments":{"query":"' .. text .. '"}}}')
end
