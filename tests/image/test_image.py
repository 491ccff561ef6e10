#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""promtap from the image's root file system, in a pod as the chart describes
it, against live TLS traffic outside the pod. tests/image/run.sh starts it.
The last line is "image: N passed, N failed, N skipped".
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import unittest
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/live"), str(ROOT / "tests/helm")]

# pylint: disable=wrong-import-position
import harness  # noqa: E402
import results  # noqa: E402
import rootfs  # noqa: E402
import test_chart  # noqa: E402
from harness import make_call, wait_for  # noqa: E402
from metrics import Metrics  # noqa: E402
from pod import Pod  # noqa: E402

IMAGE = ROOT / "build/image"
SIZE_MAX = 200 * 10**6  # docs/kubernetes.md says what it is
NOBODY = "65534"
FAILED_CALLS = 12  # the alert asks for 5
START_SECONDS = 120  # rules of the user's are compiled
PRICES = "# {}\nprovider,model,input,output\nopenai,stand-in,1,2\n"
BODY = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Good morning"}]})
PACK = """pack: own
version: 1
description: A rule of the user's.
rules:
  - {id: own.r, version: 1, family: refusal, severity: low, about: a word, sequence: xyzzyword,
     examples: {match: [xyzzyword], clean: [b]}}
"""
VALUES = {"config": {"log-level": "debug"}, "prices": PRICES.format("first"), "secrets": [{"name": "notify"}],
          "reload": "signal"}


class Image(unittest.TestCase):
    """One pod serves the tests that leave it as it is."""

    @classmethod
    def setUpClass(cls):
        try:
            harness.need_kernel()
            cls.root = rootfs.make(IMAGE / "root")
        except (harness.Unavailable, rootfs.Unavailable) as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.entrypoint, cls.command, cls.labels = rootfs.image_config((ROOT / "Dockerfile").read_text(encoding="utf-8"))
        cls.work = IMAGE / "work"
        shutil.rmtree(cls.work, ignore_errors=True)
        cls.work.mkdir(parents=True)
        cls.provider = harness.Provider(cls.work)
        cls.addClassCleanup(cls.provider.stop)
        # They were there before promtap.
        cls.clients = {name: OtherUser(cls.work / name, cls.provider.port) for name in ("closed", "gone")}
        for client in cls.clients.values():
            cls.addClassCleanup(client.stop)
        cls.clients["gone"].library.unlink()
        cls.pod = cls.start_pod()
        cls.addClassCleanup(lambda: harness.stop(cls.pod.process))

    @classmethod
    def start_pod(cls, work=None, values=None):
        rendered = test_chart.objects(test_chart.render({**VALUES, **(values or {})}))
        pod = Pod(cls.root, work or cls.work, rendered, {"notify": {"token": secrets.token_hex(8)}})
        pod.start(cls.entrypoint)
        try:
            wait_for("the pod is ready", lambda: pod.get("/readyz"), START_SECONDS, pod.process)
        except AssertionError as error:
            harness.stop(pod.process)
            raise AssertionError(f"{error}\n{pod.log()}") from None
        return pod

    def metric(self, name, **labels):
        return Metrics(self.pod.get("/metrics")).sum(name, **labels)

    def check_seen(self, make):
        """The call that make(call) has a process outside the pod make is in the metrics."""
        before, call = self.metric("ai_requests_total"), make_call("openai.chat")
        make(call)
        self.assertEqual(self.provider.log()[call["trace_id"]]["status"], 200)
        wait_for("the call in /metrics", lambda: self.metric("ai_requests_total") == before + 1, process=self.pod.process)

    def test_a_call_outside_the_pod_is_seen(self):
        self.check_seen(lambda call: harness.curl(self.provider, self.work, [call]))
        self.assertEqual(self.metric("promtap_role_restarts_total"), 0)

    def test_a_call_of_another_pod_has_its_name(self):
        """Although the pod has a cgroup namespace of its own, and no cgroup tree is mounted in it."""
        uid, container = str(uuid.uuid4()), secrets.token_hex(32)
        group = harness.Cgroup.make("cgroup2", f"kubepods/burstable/pod{uid}/{container}")
        if not group:
            self.skipTest("no cgroup2 tree in which cgroups can be made")
        self.addCleanup(group.remove)
        self.check_seen(lambda call: harness.curl(self.provider, self.work, [call], cgroup=[group.path]))
        self.assertEqual(self.metric("ai_requests_total", service=f"pod-{uid}"), 1)

    def test_a_library_in_a_closed_folder_of_another_user(self):
        self.check_seen(self.clients["closed"].make)

    def test_a_library_that_is_gone_since_it_was_loaded(self):
        self.check_seen(self.clients["gone"].make)

    def test_what_reads_traffic_has_no_privileges(self):
        roles = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                status = dict(re.findall(r"^(\w+):\t(.*)$", (entry / "status").read_text(), re.MULTILINE))
                if status["PPid"] == str(self.pod.process.pid):
                    roles[(entry / "cmdline").read_bytes().split(b"\0")[2].decode()] = status
            except OSError:
                continue
        self.assertEqual(set(roles), {"server", "decoder", "inspector"})
        for status in roles.values():
            self.assertEqual(set(status["Uid"].split()), {NOBODY})
            self.assertEqual((int(status["CapEff"], 16), int(status["CapPrm"], 16), int(status["CapBnd"], 16)), (0, 0, 0))
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_the_root_cannot_be_written(self):
        self.assertNotEqual(self.pod.execute("touch", "/usr/x").returncode, 0)
        self.assertNotEqual(self.pod.execute("touch", "/etc/promtap/config/x").returncode, 0)

    def test_built_in_rules_are_not_compiled(self):
        """The image's program is a stripped one, and still holds them."""
        self.assertIn("rules, compiled when the program was made", self.pod.log())
        self.assertFalse(list(self.work.glob("volumes/cache/rules/*")))

    def test_files_are_read_again(self):
        loaded = self.metric("promtap_reloads_total", result="ok")
        (self.work / "volumes/config/prices.csv").write_text(PRICES.format("second"), encoding="utf-8")
        done = self.pod.execute("promtap-reload")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        wait_for("the reload", lambda: self.metric("promtap_reloads_total", result="ok") > loaded, process=self.pod.process)

    def test_reload_touches_no_other_promtap(self):
        """Here none of its own file system's runs, though the pod's does in another place."""
        copy = self.work / "copy"
        shutil.copytree(self.root / "usr/sbin", copy, symlinks=True)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", 'mount --bind "$1" "$0/usr/sbin" && mount -t proc proc "$0/proc" && '
             'exec chroot "$0" promtap-reload', self.root, copy], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no promtap of this container", done.stderr)

    def test_check_says_that_no_capability_is_missing(self):
        done = self.pod.execute("promtap", "check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = [line for line in done.stdout.splitlines() if "CAP_" in line]
        self.assertTrue(lines)
        for line in lines:
            self.assertNotIn("missing", line)

    def check_ends(self, pod):
        pod.process.send_signal(signal.SIGTERM)
        self.assertEqual(pod.process.wait(pod.spec["terminationGracePeriodSeconds"]), 0)

    def test_it_ends_in_time(self):
        self.check_ends(self.start_pod())

    def test_the_state_outlives_a_container_in_an_empty_dir(self):
        self.check_kept("kept-in-pod", {})

    def test_the_state_outlives_a_pod_in_a_host_path(self):
        self.check_kept("kept-on-node", {"hostPath": "/var/lib/promtap"})

    def check_kept(self, model, state):
        """What became of calls to a model that no other test asks for: the history and an alert are there after a restart;
        so are compiled rules, although everybody can write to an emptyDir."""
        token, work = secrets.token_hex(16), self.work / model
        reader = {"hash": hashlib.sha256(token.encode()).hexdigest(), "scope": "read"}
        values = {"state": state, "rules": {"own.yaml": PACK}, "config": {
            "web": {"tokens": {"reader": reader}}, "alerts": {"error_rate": {"min_samples": 5, "hold": "0s"}}}}

        def start():
            pod = self.start_pod(work, values)
            self.addCleanup(harness.stop, pod.process)
            return pod

        def alerts(pod):
            return [{name: alert[name] for name in ("id", "alert", "state", "since")}
                    for alert in json.loads(pod.get("/api/v1/alerts", token))["items"] if alert["model"] == model]

        def rows(pod):
            done = pod.execute("promtap", "report", "--since", "1h", "--by", "service,model", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            return [row for row in json.loads(done.stdout)["rows"] if row["model"] == model]

        pod = start()
        harness.curl(self.provider, self.work, [make_call("openai.chat", "status=500", model=model) for _ in range(FAILED_CALLS)])
        wait_for("the alert", lambda: alerts(pod), process=pod.process)
        wait_for("the calls in the report", lambda: [row["calls"] for row in rows(pod)] == [FAILED_CALLS], process=pod.process)
        kept = alerts(pod), rows(pod)
        self.assertEqual([(alert["alert"], alert["state"]) for alert in kept[0]], [("error_rate", "firing")])
        self.check_ends(pod)
        folder = (work / "volumes/state").stat()
        self.assertEqual((folder.st_uid, folder.st_gid, folder.st_mode & 0o7777), (int(NOBODY), int(NOBODY), 0o700))
        pod = start()
        self.assertIn("rules, compiled before and kept", pod.log())
        wait_for("the alert after the restart", lambda: alerts(pod), process=pod.process)
        self.assertEqual((alerts(pod), rows(pod)), kept)
        self.check_ends(pod)

    def test_the_image(self):
        size = rootfs.size_of(self.root)
        print(f"  the root file system has {size / 1e6:.0f} MB")
        self.assertLess(size, SIZE_MAX)
        self.assertEqual((self.entrypoint, self.command), (["/usr/sbin/promtap"], ["run"]))
        for name in ("title", "description", "licenses", "version"):
            self.assertIn(f"org.opencontainers.image.{name}", self.labels)
        done = subprocess.run(["chroot", self.root, *self.entrypoint, "--version"], capture_output=True, text=True, check=True)
        self.assertTrue(done.stdout.startswith("promtap "))


class OtherUser:
    """A process as in another container: of another user, with a library of its own in a folder that only its user can
    enter. It waits with the call until make()."""

    PROGRAM = """
import http.client, ssl, sys
context = ssl._create_unverified_context()
print(next(line.split()[-1] for line in open("/proc/self/maps") if "libssl" in line), flush=True)
for line in sys.stdin:
    trace, span = line.split()
    connection = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context)
    connection.request("POST", "/v1/chat/completions", sys.argv[2],
                       {"Host": "api.openai.com", "content-type": "application/json", "traceparent": f"00-{trace}-{span}-01"})
    response = connection.getresponse()
    response.read()
    print(response.status, flush=True)
"""
    PYTHON = "/usr/bin/python3"  # Debian's, which loads a shared libssl
    USER = 61001

    def __init__(self, folder, port):
        common = subprocess.run([self.PYTHON, "-c", self.PROGRAM, str(port), BODY], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, check=False)
        if common.returncode != 0:
            raise unittest.SkipTest(f"{self.PYTHON} loads no shared libssl")
        folder.mkdir()
        self.library = folder / Path(common.stdout.strip()).name
        shutil.copy(common.stdout.strip(), self.library)
        for path in (folder, self.library):
            os.chown(path, self.USER, self.USER)
        folder.chmod(0o700)
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={self.USER}", f"--regid={self.USER}", "--clear-groups", "env", f"LD_LIBRARY_PATH={folder}",
             self.PYTHON, "-c", self.PROGRAM, str(port), BODY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        loaded = self.process.stdout.readline().strip()
        if loaded != str(self.library):
            raise AssertionError(f"{loaded} was loaded, not {self.library}: can user {self.USER} enter the folders above?")

    def make(self, call):
        self.process.stdin.write(f"{call['trace_id']} {call['span_id']}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "200\n":
            raise AssertionError("the client got no answer")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(harness.STOP_SECONDS)
        self.process.stdout.close()


if __name__ == "__main__":
    sys.exit(results.run("image", unittest.defaultTestLoader.loadTestsFromTestCase(Image)))
