# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end test cases share: a folder, a provider, and the check of
records against the provider's log."""

import re
import shutil
import unittest
from pathlib import Path

import expect
import harness
from harness import LIVE, Promtap, Provider, Unavailable, wait_for

NAMED_CGROUP = re.compile(r"docker|kube|libpod|containerd|lxc|\.service|\.scope")


def runs_in_a_named_cgroup():
    """Then services here are named by it, not by the program."""
    return bool(NAMED_CGROUP.search(Path("/proc/self/cgroup").read_text(encoding="utf-8")))


class LiveCase(unittest.TestCase):
    """`needs_promtap`: skipped, with the reason, where promtap cannot run."""

    needs_promtap = True
    provider_class = Provider

    @classmethod
    def setUpClass(cls):
        cls.work = LIVE / "work" / cls.__name__
        shutil.rmtree(cls.work, ignore_errors=True)
        cls.work.mkdir(parents=True)
        try:
            if cls.needs_promtap:
                harness.need_kernel()
        except Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.provider = cls.provider_class(cls.work)
        cls.addClassCleanup(cls.provider.stop)

    def promtap(self, *options, **arguments):
        """A promtap for this test alone, stopped at its end."""
        promtap = Promtap(self.work / self._testMethodName, *options, **arguments)
        self.addCleanup(promtap.stop)
        return promtap

    def client(self, stack, **arguments):
        try:
            return harness.Client(stack, self.provider, self.work, **arguments)
        except Unavailable as reason:
            self.skipTest(str(reason))

    def check_outcomes(self, calls, outcomes):
        """The client got what the provider sent: the traffic itself is right."""
        log = self.provider.log()
        for call in calls:
            outcome, entry = outcomes.get(call["trace_id"]), log.get(call["trace_id"])
            name = f"{call['path']} {call['live']}"
            self.assertIsNotNone(outcome, f"{name}: the client says nothing")
            self.assertIsNotNone(entry, f"{name}: the provider saw nothing: {outcome}")
            if entry["cut"]:
                self.assertTrue(outcome.get("error"), name)
            elif "body_sha256" in outcome:
                self.assertEqual(outcome["body_sha256"], entry["body_sha256"], name)
            elif "text" in outcome:
                self.assertEqual(outcome["text"], entry["text"], name)
            else:
                self.assertTrue(outcome.get("error") is None or entry["error_type"], f"{name}: {outcome}")

    def own_records(self, promtap):
        """Client records of calls to this test's provider: other programs on the
        machine may make calls too."""
        return [record for record in promtap.records()
                if (record["server_address"] or "").endswith(f":{self.provider.port}")]

    def records_of(self, promtap, calls, seconds=harness.WAIT_SECONDS):
        """Client records by trace id, as soon as every call has one."""
        wanted = {call["trace_id"] for call in calls}

        def found():
            return {record["trace_id"] for record in promtap.records()} >= wanted

        try:
            wait_for("records", found, seconds, promtap.process)
        except AssertionError:
            pass
        records = {}
        for record in promtap.records():
            if record["trace_id"] in wanted:
                records.setdefault(record["trace_id"], []).append(record)
        return records

    def check_records(self, promtap, calls, about, outcomes=None):
        """One client record per call, right in every field."""
        client = {"pid": about["pid"], "program": about["program"]}
        if not runs_in_a_named_cgroup():
            client.update(service=about["program"], service_source="process", pod=None, container=None)
        client.update(about.get("expect", {}))
        log, records, wrong = self.provider.log(), self.records_of(promtap, calls), []
        for call in calls:
            name = f"{call['path']} {call['live'] or 'plain'}{' stream' if call['body'].get('stream') else ''}"
            own = records.get(call["trace_id"], [])
            if len(own) != 1:
                wrong.append(f"{name}: {len(own)} records")
                continue
            outcome = (outcomes or {}).get(call["trace_id"])
            window = (outcome["start_unix_ns"], outcome["end_unix_ns"]) if outcome else None
            wrong += [f"{name}: {line}"
                      for line in expect.mismatches(own[0], log[call["trace_id"]], client, window)]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def check_healthy(self, promtap):
        """No role has died; a further call is seen."""
        self.assertIsNone(promtap.process.poll())
        self.assertEqual(promtap.metrics().sum("promtap_role_restarts_total"), 0)
        self.check_plain_call(promtap)

    def check_plain_call(self, promtap):
        call = harness.make_call("openai.chat")
        about, outcomes = harness.curl(self.provider, self.work, [call])
        self.check_outcomes([call], outcomes)
        self.check_records(promtap, [call], about, outcomes)
