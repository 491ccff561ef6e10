# SPDX-License-Identifier: Apache-2.0
"""Real clients of every kind: each call's record is right in every field."""

import json
import subprocess

import harness
from harness import make_call, tool, wait_for
from live_case import LiveCase, runs_in_a_named_cgroup

STREAMS = ("openai.chat", "openai.responses", "anthropic.messages")
OPENAI = ("openai.chat", "openai.responses", "openai.embeddings")
ANTHROPIC = ("anthropic.messages",)
VENDORS = {"google": ("gemini.generate",), "bedrock": ("bedrock.converse", "bedrock.invoke"), "cohere": ("cohere.v2",),
           "mistral": ("mistral.chat",), "ollama": ("ollama.native",)}
# Amazon's for Node speaks HTTP/2 only: test_http2.
SDKS = {stack: dialects for vendor, dialects in VENDORS.items() for stack in (vendor, f"node-{vendor}")
        if stack != "node-bedrock"}
NO_ERROR_EVENTS = ("cohere.v2", "mistral.chat")  # how they would fail in a stream is not documented


def vendor_variety(dialect):
    """Calls of an SDK: plain, streamed, coded where the SDK decodes, with tools, failing, cut."""
    tools = [tool(dialect, "get_weather"), tool(dialect, "get_time")]
    calls = [
        make_call(dialect),
        make_call(dialect, stream=True),
        make_call(dialect, tools=tools),
        make_call(dialect, tools=tools, stream=True),
        make_call(dialect, "no_usage", stream=True),
        *(make_call(dialect, f"status={status}", stream=stream)
          for status in (400, 429, 500) for stream in (False, True)),
        make_call(dialect, "cut=4,events=8", stream=True),
        make_call(dialect, "delay=3,events=20", stream=True),
    ]
    if not dialect.startswith("bedrock."):
        calls += [make_call(dialect, "gzip"), make_call(dialect, "gzip,delay=3,events=20", stream=True)]
    if dialect not in NO_ERROR_EVENTS:
        calls.append(make_call(dialect, "error_event=4,events=8", stream=True))
    if dialect != "mistral.chat":  # the SDK takes an answer without counts for none
        calls.append(make_call(dialect, "no_usage"))
    return [*calls, make_call(dialect)]


def variety(dialects):
    """Calls of each dialect: plain, streamed, coded, with tools, failing, cut."""
    calls = []
    for dialect in dialects:
        calls.append(make_call(dialect))
        if dialect not in STREAMS:
            calls.append(make_call(dialect, "no_usage"))
            continue
        calls += [
            make_call(dialect, stream=True),
            make_call(dialect, "gzip"),
            make_call(dialect, "gzip,delay=3,events=20", stream=True),
            make_call(dialect, tools=[tool(dialect, "get_weather"), tool(dialect, "get_time")]),
            make_call(dialect, tools=[tool(dialect, "get_weather"), tool(dialect, "get_time")], stream=True),
            make_call(dialect, "status=429"),
            make_call(dialect, "status=500"),
            make_call(dialect, "status=400"),
            make_call(dialect, "error_event=4", stream=True),
            make_call(dialect, "cut=4", stream=True),
            make_call(dialect),
        ]
    if "openai.chat" in dialects:
        calls += [
            make_call("openai.chat", stream=True, stream_options={"include_usage": True}),
            make_call("openai.chat", "status=429,quota"),
            make_call("openai.chat", "no_usage"),
        ]
    return calls


class Clients(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.observer = harness.Promtap(cls.work)
        cls.addClassCleanup(cls.observer.stop)

    def run_stack(self, stack, calls, **arguments):
        client = self.client(stack, calls=calls, **arguments)
        outcomes = client.finish()
        self.check_outcomes(calls, outcomes)
        self.check_records(self.observer, calls, client.about, outcomes)

    def test_http_client(self):
        self.run_stack("http.client", variety(OPENAI + ANTHROPIC))

    def test_requests(self):
        self.run_stack("requests", variety(OPENAI + ANTHROPIC))

    def test_httpx(self):
        self.run_stack("httpx", variety(OPENAI + ANTHROPIC))

    def test_httpx_async(self):
        self.run_stack("httpx-async", variety(OPENAI + ANTHROPIC))

    def test_aiohttp(self):
        self.run_stack("aiohttp", variety(OPENAI + ANTHROPIC))

    def test_openai_python(self):
        self.run_stack("openai", variety(OPENAI))

    def test_openai_python_async(self):
        self.run_stack("openai-async", variety(OPENAI))

    def test_anthropic_python(self):
        self.run_stack("anthropic", variety(ANTHROPIC))

    def test_anthropic_python_async(self):
        self.run_stack("anthropic-async", variety(ANTHROPIC))

    def test_node_https(self):
        self.run_stack("node-https", variety(OPENAI + ANTHROPIC))

    def test_node_fetch(self):
        self.run_stack("node-fetch", variety(OPENAI + ANTHROPIC))

    def test_openai_node(self):
        self.run_stack("node-openai", variety(OPENAI))

    def test_anthropic_node(self):
        self.run_stack("node-anthropic", variety(ANTHROPIC))

    def test_curl(self):
        calls = [call for call in variety(OPENAI + ANTHROPIC) if "cut" not in call["live"]]
        about, outcomes = harness.curl(self.provider, self.work, calls)
        log = self.provider.log()
        self.assertEqual({outcome["error"] for outcome in outcomes.values()}, {None})
        self.assertEqual({log[call["trace_id"]]["status"] for call in calls}, {200, 400, 429, 500})
        self.check_records(self.observer, calls, about, outcomes)

    def test_many_calls_on_one_connection(self):
        calls = [make_call(dialect, stream=i % 2 == 1) for i, dialect in enumerate(STREAMS * 10)]
        calls = [call for call in calls if call["host"] == "api.openai.com"]
        client = self.client("http.client", calls=calls)
        outcomes = client.finish()
        self.assertEqual(len({self.provider.log()[call["trace_id"]]["connection"] for call in calls}), 1)
        self.check_records(self.observer, calls, client.about, outcomes)

    def test_64_concurrent_streams(self):
        for stack in ("aiohttp", "node-https", "http.client"):
            with self.subTest(stack):
                calls = [make_call(STREAMS[i % 3], "delay=5,events=40", stream=True) for i in range(64)]
                self.run_stack(stack, calls, concurrency=64)

    def test_prompt_of_one_mebibyte(self):
        text = "All work and no play. \"usage\": {\"prompt_tokens\": 7} " * 21000
        self.assertGreater(len(text), 1 << 20)
        for stack in ("http.client", "aiohttp", "node-https", "requests", "node-fetch"):
            with self.subTest(stack):
                self.run_stack(stack, [make_call("openai.chat", text=text, stream=True),
                                       make_call("anthropic.messages", text=text)])
        with self.subTest("curl"):
            calls = [make_call("openai.chat", text=text), make_call("anthropic.messages", text=text, stream=True)]
            about, outcomes = harness.curl(self.provider, self.work, calls)
            self.check_records(self.observer, calls, about, outcomes)

    def test_unknown_host_is_recognised_by_its_shape(self):
        calls = [make_call(dialect, host="llm.internal.example") for dialect in OPENAI + ANTHROPIC]
        self.run_stack("http.client", calls)

    def test_curl_through_an_https_proxy(self):
        _, key, chain = harness.make_certificates()
        proxy = subprocess.Popen(
            [harness.sys.executable, harness.HERE / "connect_proxy.py", "--certificate", chain, "--key", key],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(proxy.stdout.close)
        self.addCleanup(harness.stop, proxy)
        port = json.loads(proxy.stdout.readline())["port"]
        calls = [make_call("openai.chat"), make_call("openai.chat", "delay=3", stream=True), make_call("openai.responses")]
        about, outcomes = harness.curl(self.provider, self.work, calls, proxy_port=port)
        self.assertEqual({outcome["status"] for outcome in outcomes.values()}, {200})
        self.check_records(self.observer, calls, about, outcomes)

    def test_short_lived_curls(self):
        made = []
        for _ in range(20):
            call = make_call("openai.chat")
            made.append((call, *harness.curl(self.provider, self.work, [call])))
        for call, about, outcomes in made:
            self.check_records(self.observer, [call], about, outcomes)

    def test_what_is_no_call_leaves_no_record(self):
        before = len(self.own_records(self.observer))
        for path in ("/healthz", "/v1/models"):
            harness.run("curl", "--silent", "--insecure", f"https://127.0.0.1:{self.provider.port}{path}")
        self.check_plain_call(self.observer)
        self.assertEqual(len(self.own_records(self.observer)), before + 1)


class BeforeAndAfter(LiveCase):
    """Clients that run already, with and without an open connection."""

    def check_stack(self, stack):
        groups = [[make_call("openai.chat")], [make_call("openai.chat", stream=True), make_call("openai.responses")]]
        client = self.client(stack, groups=groups)
        client.wait_ready()
        client.go()
        client.wait_ready()
        promtap = self.promtap()
        # "within 1 s of start-up": ready says that what ran already is attached.
        client.go()
        outcomes = client.finish()
        self.check_outcomes(groups[0] + groups[1], outcomes)
        log = self.provider.log()
        self.assertEqual(log[groups[0][0]["trace_id"]]["connection"], log[groups[1][0]["trace_id"]]["connection"])
        self.check_records(promtap, groups[1], client.about, outcomes)
        self.assertEqual(self.records_of(promtap, groups[0], seconds=0), {})

    def test_python_with_an_open_connection(self):
        self.check_stack("http.client")

    def test_asyncio_with_an_open_connection(self):
        self.check_stack("aiohttp")

    def test_node_with_an_open_connection(self):
        self.check_stack("node-https")

    def test_client_that_has_loaded_no_tls_yet(self):
        groups = [[make_call("openai.chat")]]
        client = self.client("http.client", groups=groups)
        client.wait_ready()
        promtap = self.promtap()
        client.go()
        self.check_records(promtap, groups[0], client.about, client.finish())


class Figures(LiveCase):
    """/metrics says what the records say."""

    def test_totals_equal_the_sum_of_the_records(self):
        promtap = self.promtap()
        calls = variety(OPENAI + ANTHROPIC) + [make_call("openai.chat", model="no-such-model")]
        client = self.client("http.client", calls=calls)
        self.check_records(promtap, calls, client.about, client.finish())
        metrics, records = self.settled(promtap)
        self.assertEqual(metrics.sum("ai_response_time_ms_count"), len(records))
        self.check_sums(metrics, records)
        self.assertEqual(metrics.types["ai_requests_total"], "counter")
        self.assertEqual(metrics.types["ai_response_time_ms"], "histogram")
        self.assertGreaterEqual(metrics.sum("ai_unpriced_requests_total"), 1)
        self.assertTrue(promtap.get("/healthz").strip())
        # Counters of the roles travel once a second.
        wait_for("calls by capture", lambda: promtap.metrics().sum("promtap_calls_total") >=
                 len(records) + len(promtap.records("server")))

    @staticmethod
    def settled(promtap):
        """Figures and records of one moment: no call was finished in between."""
        def both():
            metrics, records = promtap.metrics(), promtap.records()
            return metrics.sum("ai_requests_total") == len(records) and (metrics, records)

        return wait_for("as many calls in the figures as records", both)

    def check_sums(self, metrics, records):
        def tally(key, amount=lambda record: 1, only=lambda record: True):
            totals = {}
            for record in filter(only, records):
                totals[key(record)] = totals.get(key(record), 0) + amount(record)
            return {name: total for name, total in totals.items() if total}

        def figures(name, *labels):
            return {key: total for key, total in metrics.by(name, *labels).items() if total}

        def who(record):
            return record["service"], record["provider"], record["operation"]

        labels = ("service", "provider", "operation")
        self.assertEqual(figures("ai_requests_total", *labels), tally(who))
        self.assertEqual(figures("ai_errors_total", "error_type"),
                         tally(lambda r: (r["error_type"],), only=lambda r: r["error_type"]))
        self.assertEqual(figures("ai_time_to_first_token_ms_count", *labels),
                         tally(who, only=lambda r: r["ttft_ms"] is not None))
        self.assertAlmostEqual(metrics.sum("ai_cost_dollars_total"), sum(r["cost_usd"] or 0 for r in records), places=9)
        self.assertAlmostEqual(metrics.sum("ai_response_time_ms_sum"), sum(r["duration_ms"] for r in records), delta=1)
        disjoint = {
            "input": lambda r: (r["input_tokens"] or 0) - (r["cache_read_tokens"] or 0) - (r["cache_write_tokens"] or 0),
            "cache_read": lambda r: r["cache_read_tokens"] or 0,
            "cache_write": lambda r: r["cache_write_tokens"] or 0,
            "output": lambda r: (r["output_tokens"] or 0) - (r["reasoning_tokens"] or 0),
            "reasoning": lambda r: r["reasoning_tokens"] or 0,
        }
        for kind, amount in disjoint.items():
            self.assertEqual(metrics.sum("ai_tokens_total", type=kind), sum(map(amount, records)), kind)


class Services(LiveCase):
    """Processes in cgroups named as container runtimes name them."""

    CONTAINER = "0123456789abcdef" * 4
    POD = "12345678-9abc-def0-1234-56789abcdef0"
    PATHS = {
        "docker": (f"docker-{CONTAINER}.scope",
                   {"service": CONTAINER[:12], "service_source": "container", "container": CONTAINER, "pod": None}),
        "kubepods": (f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{POD.replace('-', '_')}.slice/"
                     f"cri-containerd-{CONTAINER}.scope",
                     {"service": f"pod-{POD}", "service_source": "k8s", "container": CONTAINER, "pod": POD}),
        "kubepods_cgroupfs": (f"kubepods/besteffort/pod{POD}/{CONTAINER}",
                              {"service": f"pod-{POD}", "service_source": "k8s", "container": CONTAINER, "pod": POD}),
        "unit": ("promtap-test.slice/answers.service",
                 {"service": "answers", "service_source": "systemd", "container": None, "pod": None}),
    }

    def check_path(self, tree, name):
        path, expected = self.PATHS[name]
        cgroup = harness.Cgroup.make(tree, path)
        if not cgroup:
            self.skipTest(f"no {tree} tree in which cgroups can be made")
        self.addCleanup(cgroup.remove)
        promtap = self.promtap()
        for stack in ("curl", "http.client"):
            call = make_call("openai.chat")
            if stack == "curl":
                about, outcomes = harness.curl(self.provider, self.work, [call], cgroup=[cgroup.path])
            else:
                client = self.client(stack, calls=[call], cgroup=[cgroup.path])
                about, outcomes = client.about, client.finish()
            self.check_records(promtap, [call], {**about, "expect": expected}, outcomes)
        if not runs_in_a_named_cgroup():
            self.check_plain_call(promtap)


def add_sdk_tests():
    for stack, dialects in SDKS.items():
        def test(self, stack=stack, dialects=dialects):
            self.run_stack(stack, [call for dialect in dialects for call in vendor_variety(dialect)])
        setattr(Clients, f"test_sdk_{stack.replace('-', '_')}", test)


def add_service_tests():
    for tree in ("cgroup2", "cgroup1"):
        for name in Services.PATHS:
            def test(self, tree=tree, name=name):
                self.check_path(tree, name)
            setattr(Services, f"test_{name}_in_{tree}", test)


add_sdk_tests()
add_service_tests()
