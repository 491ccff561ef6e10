#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both ends of MCP over TLS, by its own SDK.

mcp_peer.py server PORT CERTIFICATE KEY [sse]   Streamable HTTP at /mcp, or HTTP+SSE at /sse
mcp_peer.py client URL                           runs the tools, lists them; prints what each said
"""

import asyncio
import json
import sys

TOOLS = ("find_knot", "tie_knot", "no_such_tool")


def serve(port, certificate, key):
    import uvicorn
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("knots")

    @server.tool()
    async def find_knot(rope: str) -> str:
        await asyncio.sleep(0.05)
        return f"a bowline for {rope}"

    @server.tool()
    async def tie_knot(rope: str) -> str:
        raise ValueError(f"{rope} is no rope")

    app = server.sse_app() if len(sys.argv) > 5 else server.streamable_http_app()
    uvicorn.run(app, host="127.0.0.1", port=port, ssl_certfile=certificate, ssl_keyfile=key, log_level="warning")


async def ask(url):
    from mcp import Client
    from mcp.client.sse import sse_client

    async with Client(sse_client(url) if url.endswith("/sse") else url) as client:
        await client.list_tools()
        for tool in TOOLS:
            try:
                result = await client.call_tool(tool, {"rope": "hemp"})
                print(json.dumps({"tool": tool, "failed": bool(result.is_error)}), flush=True)
            except Exception as error:  # the SDK's own kinds
                print(json.dumps({"tool": tool, "raised": type(error).__name__}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        asyncio.run(ask(sys.argv[2]))
