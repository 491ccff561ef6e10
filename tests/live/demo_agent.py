#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An agent that hands a text to its model: demo_agent.py PORT CA user|tool TEXT ANSWER.
As a user's words, or as what a tool has brought. ANSWER: the provider's settings.
It knows nothing of promtap."""

import http.client
import json
import ssl
import sys


def messages(text, where):
    if where == "user":
        return [{"role": "user", "content": text}]
    return [{"role": "user", "content": "What does the page say?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "fetch", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": text}]}]


def main():
    port, ca, where, text, answer = sys.argv[1:]
    body = {"model": "claude-opus-4-6", "max_tokens": 500, "messages": messages(text, where)}
    connection = http.client.HTTPSConnection("api.anthropic.com", int(port), context=ssl.create_default_context(cafile=ca))
    connection.request("POST", "/v1/messages", json.dumps(body), {"Content-Type": "application/json", "x-live": answer})
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    main()
