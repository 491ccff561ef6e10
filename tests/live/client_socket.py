#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the sessions of a plan with one of Python's WebSocket or LLM libraries.

client_socket.py STACK PLAN PORT CA: a session of the plan has a path, messages
to send, and "ends": what the last message of each answer has in it. Prints one
JSON line per session. It knows nothing of promtap.
"""

import asyncio
import json
import os
import ssl
import sys
import time


def say(**line):
    print(json.dumps(line), flush=True)


def headers(session):
    return {"Authorization": f"Bearer {session['key']}",
            "traceparent": f"00-{session['trace_id']}-{session['span_id']}-01"}


def is_last(session, message):
    return any(end in message for end in session["ends"])


class Websockets:
    """The threaded client of `websockets`."""

    def __init__(self, port, ca):
        self.port, self.context = port, ssl.create_default_context(cafile=ca)

    def hold(self, session):
        from websockets.sync.client import connect
        url = f"wss://{session['host']}:{self.port}{session['path']}"
        compression = "deflate" if session["compress"] else None
        with connect(url, ssl=self.context, additional_headers=headers(session), compression=compression,
                     user_agent_header=None, max_size=None) as connection:
            for message in session["messages"]:
                connection.send(message["text"])
                while message["answered"] and not is_last(session, connection.recv(decode=True)):
                    pass


class WebsocketsAsync(Websockets):
    """The asyncio client, which encrypts in memory."""

    def hold(self, session):
        asyncio.run(self.hold_async(session))

    async def hold_async(self, session):
        from websockets.asyncio.client import connect
        url = f"wss://{session['host']}:{self.port}{session['path']}"
        compression = "deflate" if session["compress"] else None
        async with connect(url, ssl=self.context, additional_headers=headers(session), compression=compression,
                           user_agent_header=None, max_size=None) as connection:
            for message in session["messages"]:
                await connection.send(message["text"])
                while message["answered"] and not is_last(session, await connection.recv(decode=True)):
                    pass


class OpenAi:
    """The official SDK's Realtime client."""

    def __init__(self, port, ca):
        self.port, self.context = port, ssl.create_default_context(cafile=ca)

    def hold(self, session):
        from openai import OpenAI
        client = OpenAI(base_url=f"https://{session['host']}:{self.port}/v1", api_key=session["key"])
        model = session["path"].partition("model=")[2]
        options = {"ssl": self.context, "compression": "deflate" if session["compress"] else None}
        extra = {"traceparent": headers(session)["traceparent"]}
        with client.realtime.connect(model=model, extra_headers=extra, websocket_connection_options=options) as connection:
            for message in session["messages"]:
                connection.send(json.loads(message["text"]))
                while message["answered"] and not is_last(session, connection.recv_bytes().decode()):
                    pass


STACKS = {"ws-python": Websockets, "ws-python-async": WebsocketsAsync, "ws-openai": OpenAi}


def main():
    stack, plan, port, ca = sys.argv[1:]
    with open(plan, encoding="utf-8") as file:
        plan = json.load(file)
    say(pid=os.getpid(), program=os.path.basename(os.readlink("/proc/self/exe")))
    client = STACKS[stack](int(port), ca)
    for session in plan["calls"]:
        start, error = time.time_ns(), None
        try:
            client.hold(session)
        except Exception as failure:  # noqa: BLE001 - an outcome like another
            error = f"{type(failure).__name__}: {failure}"
        say(trace_id=session["trace_id"], start_unix_ns=start, end_unix_ns=time.time_ns(), error=error)


if __name__ == "__main__":
    main()
