#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Python program that calls an LLM API now and then, with nothing but the
standard library: demo_client.py PORT CA. It knows nothing of promtap."""

import http.client
import itertools
import json
import ssl
import sys
import time

CALLS = (
    ("api.openai.com", "/v1/chat/completions", "delay=40,events=30",
     {"model": "gpt-4o-mini", "stream": True, "stream_options": {"include_usage": True},
      "messages": [{"role": "user", "content": "Tell me a story."}]}),
    ("api.anthropic.com", "/v1/messages", "delay=60,events=20",
     {"model": "claude-opus-4-6", "stream": True, "max_tokens": 500,
      "messages": [{"role": "user", "content": "Review this change."}]}),
)


def main():
    port, ca = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(cafile=ca)
    for i in itertools.count():
        host, path, live, body = CALLS[i % len(CALLS)]
        connection = http.client.HTTPSConnection(host, port, context=context)
        body["messages"] = [{"role": "user", "content": f"Question {i}"}]
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "x-live": live})
        connection.getresponse().read()
        connection.close()
        time.sleep(0.7)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
