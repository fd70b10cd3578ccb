-- A call of a tool in revision 2026-07-28, which needs no session, each with an id of its own.
local id = 0
local meta = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    .. '"io.modelcontextprotocol/clientInfo":{"name":"wrk","version":"1"},'
    .. '"io.modelcontextprotocol/clientCapabilities":{}}'

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2026-07-28"
wrk.headers["Mcp-Method"] = "tools/call"
wrk.headers["Mcp-Name"] = "echo"

function request()
    id = id + 1
    return wrk.format(nil, "/mcp", nil, '{"jsonrpc":"2.0","id":' .. id .. ',"method":"tools/call",'
        .. '"params":{"name":"echo","arguments":{"text":"hello number 7"},' .. meta .. '}}')
end
