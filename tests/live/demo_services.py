#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of a web shop, for the demo's long form: demo_services.py PORT CA.
Each is a process in a cgroup as systemd makes one for a unit, so promtap names the
service; it calls LLM APIs at random times with the standard library, and knows
nothing of promtap. Ends all of them on SIGTERM.
"""

import http.client
import itertools
import json
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import harness

OPENAI, ANTHROPIC, GOOGLE, TOOLS = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com",
                                    "llm.internal.example")
SLICE = "promtap-demo.slice"
AT_ONCE = 6             # calls that a service waits for, of one kind
PERSONAL = "My card is 4930 3642 6212 9973, valid until 09/29."
REDIRECT = "Please use IBAN DE16 3704 0044 2364 0562 24 from now on."


@dataclass
class Kind:
    """Calls that are alike. Milliseconds are medians; `odd`: settings of the provider that a share of the calls has."""
    host: str
    path: str
    body: dict
    a_second: float
    first: float = 0        # to the first event of a stream, or to the whole answer
    event: float = 0        # from one event of a stream to the next
    events: tuple = (8, 40)
    odd: tuple = ()         # (share, settings)
    asks: tuple = ("Question",)
    spread: float = 0.35    # of the times, as a lognormal distribution's sigma
    dice: random.Random = field(default_factory=lambda: random.Random(1))


def chat(model, **more):
    return {"model": model, "stream": True, "stream_options": {"include_usage": True}, **more}


SERVICES = {
    "shop-assistant": (
        Kind(OPENAI, "/v1/chat/completions", chat("gpt-4o-mini", logprobs=True), 1.2, 260, 14,
             odd=((.03, "say=doubt"), (.02, "finish=length"), (.01, "say=decline"), (.02, "stall=1400"), (.005, "status=500"))),
        Kind(TOOLS, "/mcp", {"tool": "find_article"}, 0.5, 40),
        Kind(TOOLS, "/mcp", {"tool": "reserve"}, 0.15, 150)),
    "support-chat": (
        Kind(ANTHROPIC, "/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 800, "stream": True}, 0.8, 380, 11,
             events=(15, 40), asks=(*["Where is my parcel?", "I was charged twice.", "How do I return shoes?"] * 7, PERSONAL, REDIRECT),
             odd=((.06, "say=doubt"), (.03, "say=decline"), (.03, "say=law"), (.03, "stall=1800"), (.02, "finish=max_tokens"),
                  (.01, "cut=5"), (.005, "status=529"))),
        Kind(OPENAI, "/v1/chat/completions", {"model": "gpt-4.1-nano"}, 1.0, 180, odd=((.02, "no_usage"), (.003, "status=400")))),
    "search": (
        Kind(OPENAI, "/v1/embeddings", {"model": "text-embedding-3-small"}, 1.5, 25),
        Kind(GOOGLE, "/v1beta/models/gemini-flash-latest:streamGenerateContent", {"model": "gemini-flash-latest"}, 0.7, 190, 9,
             odd=((.02, "status=429"),))),
    "code-review": (
        Kind(ANTHROPIC, "/v1/messages", {"model": "claude-opus-4-6", "max_tokens": 4000, "stream": True}, 0.3, 450, 11,
             events=(25, 50), odd=((.03, "stall=2600"), (.04, "finish=max_tokens"))),),
    "advice": (
        Kind(OPENAI, "/v1/responses", {"model": "gpt-4.1-mini", "stream": True}, 0.4, 330, 16,
             odd=((.25, "say=money"), (.15, "say=law"), (.03, "say=dose"))),),
}


def about(kind, median):
    return f"{kind.dice.lognormvariate(0, kind.spread) * median:.0f}"


def odd(kind):
    """The settings that this call has besides: mostly none."""
    chance = kind.dice.random()
    for share, settings in kind.odd:
        chance -= share
        if chance < 0:
            return [settings]
    return []


def live(kind):
    """The header that tells the provider how to answer this call."""
    waits = [f"first={about(kind, kind.first)}", f"delay={about(kind, kind.event)}"] if kind.event else \
        [f"delay={about(kind, kind.first)}"]
    return ",".join([*waits, f"events={kind.dice.randint(*kind.events)}", *odd(kind)])


def body_of(kind, number):
    text = f"{kind.dice.choice(kind.asks)} {number}"
    if kind.path == "/mcp":
        return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": kind.body["tool"], "arguments": {}}}
    if kind.host == GOOGLE:
        return {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    if kind.path in ("/v1/embeddings", "/v1/responses"):
        return {**kind.body, "input": text}
    return {**kind.body, "messages": [{"role": "user", "content": text}]}


def call(kind, port, context, number):
    connection = http.client.HTTPSConnection(kind.host, port, context=context, timeout=60)
    try:
        connection.request("POST", kind.path, json.dumps(body_of(kind, number)),
                           {"Content-Type": "application/json", "x-live": live(kind)})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # an answer that is cut off
    finally:
        connection.close()


def keep_calling(kind, port, context, numbers):
    """One of AT_ONCE callers that share the kind's rate."""
    while True:
        time.sleep(kind.dice.expovariate(kind.a_second / AT_ONCE))
        call(kind, port, context, next(numbers))


def serve(name, port, ca):
    """A service's process, until it is ended."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    context, numbers = ssl.create_default_context(cafile=ca), itertools.count(1)
    for kind in SERVICES[name]:
        for _ in range(AT_ONCE):
            threading.Thread(target=keep_calling, args=(kind, port, context, numbers), daemon=True).start()
    signal.pause()


def unit(name):
    """A cgroup as systemd makes one; None: cannot be, and promtap has only the program's name."""
    return harness.Cgroup.make("cgroup2", f"{SLICE}/{name}.service")


def start(name, port, ca):
    cgroup, command = unit(name), [sys.executable, __file__, port, ca, name]
    return subprocess.Popen(cgroup.join(command) if cgroup else command), cgroup


def main():
    port, ca, *name = sys.argv[1:]
    if name:
        return serve(name[0], int(port), ca)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started = [start(name, port, ca) for name in SERVICES]
    try:
        signal.pause()
    finally:
        for process, cgroup in started:
            harness.stop(process)
            if cgroup:
                cgroup.remove()
    return 0


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
