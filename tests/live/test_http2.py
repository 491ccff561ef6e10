# SPDX-License-Identifier: Apache-2.0
"""HTTP/2, end to end: every answer of test_clients, and streams side by side on
one connection."""

import harness
from harness import make_call
from live_case import LiveCase
from test_clients import ANTHROPIC, OPENAI, STREAMS, VENDORS, variety, vendor_variety


def spaced(calls):
    """The front would put events that come at once into one frame, and then no
    time between tokens can be seen."""
    for call in calls:
        if call["body"].get("stream"):
            call["live"] = ",".join(filter(None, (call["live"], "delay=5")))
    return calls


class Http2(LiveCase):
    provider_class = harness.Http2Provider

    def setUp(self):
        self.observer = self.promtap()

    def check(self, calls, about, outcomes):
        self.check_outcomes(calls, outcomes)
        self.check_records(self.observer, calls, {**about, "expect": {"protocol": "h2"}}, outcomes)

    def test_curl(self):
        calls = [call for call in spaced(variety(OPENAI + ANTHROPIC)) if "cut" not in call["live"]]
        self.check(calls, *harness.curl(self.provider, self.work, calls, version="--http2"))

    def test_streams_of_one_connection(self):
        calls = [make_call(STREAMS[i % 3], "delay=2,events=40", stream=True) for i in range(48)]
        calls += spaced(variety(OPENAI + ANTHROPIC))
        client = self.client("node-http2", calls=calls, concurrency=32)
        outcomes = client.finish()
        self.check(calls, client.about, outcomes)

    def test_sdk_node_bedrock(self):
        calls = spaced([call for dialect in VENDORS["bedrock"] for call in vendor_variety(dialect)])
        client = self.client("node-bedrock", calls=calls)
        outcomes = client.finish()
        self.check(calls, client.about, outcomes)
